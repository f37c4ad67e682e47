// Relay: pages of customers, which the store joins to one list.
import {
  Environment, fetchQuery, getFragment, getPaginationMetadata, getSelector, graphql,
  Network, RecordSource, Store,
} from "relay-runtime";
import { endpoint, headers } from "../service.ts";
import type { customers_list$data, customers_list$key } from "./generated/customers_list.graphql.ts";
import type { customersQuery } from "./generated/customersQuery.graphql.ts";

const environment = new Environment({
  store: new Store(new RecordSource()),
  network: Network.create(async ({ text: query }, variables) => {
    const body = JSON.stringify({ query, variables });
    const told = { ...headers, "content-type": "application/json" };
    return (await fetch(endpoint, { method: "POST", headers: told, body })).json();
  }),
});

const CUSTOMERS = graphql`
  query customersQuery($count: Int!) {
    ...customers_list @arguments(count: $count)
  }
`;

const LIST = graphql`
  fragment customers_list on Query
  @refetchable(queryName: "customersPageQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }) {
    customers(first: $count, after: $cursor, orderBy: { field: NAME, direction: ASC })
      @connection(key: "customers_customers") {
      edges { node { id displayName } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;

const count = 2;
const list = getFragment(LIST);
// The query of the following pages: relay-compiler wrote it because of @refetchable.
const { paginationRequest } = getPaginationMetadata(list, "customers");

// In React, usePaginationFragment does what these two functions do.
function shown(root: customers_list$key) {
  const selector = getSelector(list, root);
  if (selector?.kind !== "SingularReaderSelector") throw new Error("The list was not fetched.");
  return (environment.lookup(selector).data as unknown as customers_list$data).customers;
}

async function next(root: customers_list$key) {
  const cursor = shown(root).pageInfo.endCursor;
  await fetchQuery(environment, paginationRequest, { count, cursor }).toPromise();
}

const root = await fetchQuery<customersQuery>(environment, CUSTOMERS, { count }).toPromise();
if (!root) throw new Error("Nothing was answered.");
const pages = [shown(root).edges.map((edge) => edge.node.displayName)];
while (shown(root).pageInfo.hasNextPage) {
  await next(root);
  pages.push(shown(root).edges.map((edge) => edge.node.displayName));
}
console.log(JSON.stringify(pages));
