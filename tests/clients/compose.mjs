// Composes the subgraph on standard input with a small one that refers to its customers.
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { text } from "node:stream/consumers";

const ORDERS = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])
  type Query { orders: [Order!]! }
  type Order @key(fields: "id") { id: ID!  customer: Customer }
  type Customer @key(fields: "id", resolvable: false) { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`;

const { errors, hints, supergraphSdl } = composeServices([
  { name: "cxgraph", url: "http://cxgraph/graphql", typeDefs: parse(await text(process.stdin)) },
  { name: "orders", url: "http://orders/graphql", typeDefs: parse(ORDERS) },
]);
console.log(JSON.stringify({
  errors: (errors ?? []).map((error) => error.message),
  hints: (hints ?? []).map((hint) => hint.definition.code),
  customerIsShared: /type Customer[^{]*CXGRAPH[^{]*ORDERS[^{]*{/.test(supergraphSdl ?? ""),
}));
