// The explorer's page: GraphiQL, the tenant that requests speak for, and the example tabs.
"use strict";

const about = JSON.parse(document.body.dataset.about);
const element = React.createElement;

// Everything the browser remembers belongs to this set of examples; a new set starts afresh.
const remembered = {
  key: (name) => `cxgraph:${about.edition}:${name}`,
  getItem(name) { return localStorage.getItem(this.key(name)); },
  setItem(name, value) { localStorage.setItem(this.key(name), value); },
  removeItem(name) { localStorage.removeItem(this.key(name)); },
  clear() { Object.keys(localStorage).filter((name) => name.startsWith(this.key(""))).forEach((name) => localStorage.removeItem(name)); },
  get length() { return Object.keys(localStorage).filter((name) => name.startsWith(this.key(""))).length; },
};

const tenant = {
  get current() {
    const last = remembered.getItem("tenant");
    return about.tenants.includes(last) ? last : about.tenants[0];
  },
  set current(name) { remembered.setItem("tenant", name); },
};

// A header typed in the editor wins over the choice in the page.
function speakForTenant(resource, options = {}) {
  const headers = new Headers(options.headers);
  if (!headers.has(about.tenantHeader)) headers.set(about.tenantHeader, tenant.current);
  return fetch(resource, { ...options, headers });
}

function TenantChoice() {
  const [chosen, choose] = React.useState(tenant.current);
  const change = (event) => { tenant.current = event.target.value; choose(event.target.value); };
  const options = about.tenants.map((name) => element("option", { key: name, value: name }, name));
  return element("label", { className: "tenant" }, "Tenant", element("select", { id: "tenant", value: chosen, onChange: change }, options));
}

const socket = new URL(about.endpoint, location.href);
socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({
  url: about.endpoint,
  fetch: speakForTenant,
  subscriptionUrl: socket.href,
  wsConnectionParams: () => ({ [about.tenantHeader]: tenant.current }),
});

// GraphiQL fills the variables of its tabs when they are chosen; the first tab needs them told.
const isFirstVisit = remembered.getItem("graphiql:tabState") === null;
const variables = isFirstVisit ? about.tabs[0].variables : undefined;

const explorer = element(
  GraphiQL,
  { fetcher, storage: remembered, defaultTabs: about.tabs, variables, shouldPersistHeaders: false, defaultEditorToolsVisibility: "variables", inputValueDeprecation: true },
  element(GraphiQL.Logo, null, element(TenantChoice)),
);

ReactDOM.createRoot(document.getElementById("explorer")).render(explorer);
