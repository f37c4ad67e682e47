// Which types do documents have? Those of the schema, worked out by TypeScript from each document's text.
import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./generated/schema.d.ts";

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Date: string; JSON: unknown };
}>();

export type { ResultOf, VariablesOf } from "gql.tada";
