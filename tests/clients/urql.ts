// urql: a query answered twice, first by the service and then by the cache, until a mutation touches it.
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { endpoint, headers } from "./service.ts";
import { graphql } from "./typed.ts";

const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  // The cache in front of the network; it forgets what shows a type that a mutation answered.
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers },
});

const STAGE = graphql(`
  query Stage($email: String!) {
    customer(ref: { email: $email }) { id lifecycleStage }
  }
`);

const MOVE = graphql(`
  mutation Move($input: CustomerUpsertInput!) {
    customerUpsert(input: $input) {
      customer { id lifecycleStage }
      userErrors { code field message }
    }
  }
`);

async function stage() {
  const { data, error, operation } = await client.query(STAGE, { email: "grace@example.org" });
  if (error) throw error;
  return { stage: data?.customer?.lifecycleStage, cache: operation.context.meta?.cacheOutcome };
}

const first = await stage();
const second = await stage();
const match = { email: "grace@example.org" };
const moved = await client.mutation(MOVE, { input: { match, lifecycleStage: "AT_RISK" } });
if (moved.error) throw moved.error;
for (const error of moved.data?.customerUpsert.userErrors ?? []) throw new Error(error.message);
console.log(JSON.stringify([first, second, await stage()]));
