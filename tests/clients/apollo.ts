// Apollo Client: a query, a mutation, and the cache that shows the change without asking again.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { endpoint, headers } from "./service.ts";
import { graphql } from "./typed.ts";

const client = new ApolloClient({
  link: new HttpLink({ uri: endpoint, headers }),
  // Ids are unique over all types, and connections follow Relay: the cache needs to know no more.
  cache: new InMemoryCache({
    typePolicies: { Query: { fields: { customers: relayStylePagination(["filter", "orderBy"]) } } },
  }),
});

const CUSTOMER = graphql(`
  query Customer($email: String!) {
    customer(ref: { email: $email }) { id displayName lifecycleStage }
  }
`);

const RENAME = graphql(`
  mutation Rename($input: CustomerUpsertInput!, $key: String!) {
    customerUpsert(input: $input) @idempotent(key: $key) {
      customer { id displayName }
      outcome
      userErrors { code field message }
    }
  }
`);

const email = "ada@example.org";
const before = await client.query({ query: CUSTOMER, variables: { email } });
const id = before.data?.customer?.id;
if (!id) throw new Error(`No customer has the address ${email}.`);

// One key for one intention: sent again after a lost answer, it is carried out once.
const key = crypto.randomUUID();
const input = { match: { id }, displayName: "Ada King" };
const { data } = await client.mutate({ mutation: RENAME, variables: { input, key } });
// What the service refuses is data of the payload, with the path into the input.
for (const error of data?.customerUpsert.userErrors ?? []) throw new Error(error.message);

// The mutation answered the same id, so the cache already holds the new name.
const after = client.readQuery({ query: CUSTOMER, variables: { email } });
console.log(JSON.stringify({
  before: before.data?.customer?.displayName,
  outcome: data?.customerUpsert.outcome,
  after: after?.customer?.displayName,
}));
