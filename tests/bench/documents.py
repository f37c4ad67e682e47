"""Which GraphQL operations are sent? Those of the service, and those that ask the peer for the same."""

CUSTOMER = (
    "query($id: ID!) { customer(ref: {id: $id})"
    " { id displayName email phone locale timeZone lifecycleStage createdAt } }"
)
PAGE = (
    "{ customers(first: 50)"
    " { nodes { id displayName email phone locale timeZone lifecycleStage createdAt } } }"
)
NESTED = (
    "{ customers(first: 20) { nodes { id displayName interactions(first: 10) { nodes {"
    " id subject channel status openedAt touchpoint { id name channel }"
    " feedback(first: 5) { nodes { id kind score { value } npsCategory submittedAt } } } } } } }"
)
INITIATIVES = (
    "{ initiatives(first: 10) { nodes { id name status insights(first: 10) { nodes { id title severity"
    " evidence(first: 5) { nodes { id quote signal { ... on Interaction { id subject openedAt"
    " customer { id displayName } } } } } } } } } }"
)
TIMELINE = (
    "query($id: ID!) { customer(ref: {id: $id}) { id timeline(first: 20) { nodes { __typename"
    " ... on TouchpointEvent { id type occurredAt } ... on Interaction { id subject openedAt }"
    " ... on Feedback { id kind submittedAt } ... on JourneyInstance { id startedAt }"
    " ... on Recovery { id openedAt } ... on FollowUp { id owedAt } } } } }"
)
LOG = (
    "mutation($input: InteractionLogInput!) { interactionLog(input: $input)"
    " { interaction { id status openedAt } userErrors { code message } } }"
)
INGEST = (
    "mutation($input: TouchpointEventIngestInput!) { touchpointEventIngest(input: $input)"
    " { summary { received created } userErrors { code message } } }"
)

# PostGraphile names edges after the columns of their foreign keys; aliases give them the service's names.
# A row's own key is `rowId`, and `only` is the row behind a link, which the service does not show.
_CUSTOMER = "id: rowId displayName email phone locale timeZone lifecycleStage createdAt"
PEER_CUSTOMER = (
    "query($tenant: UUID!, $id: UUID!)"
    f" {{ customer: customerByTenantIdAndRowId(tenantId: $tenant, rowId: $id) {{ {_CUSTOMER} }} }}"
)
_LATEST = "condition: {tenantId: $tenant}, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
PEER_PAGE = (
    f"query($tenant: UUID!) {{ customers: allCustomers(first: 50, {_LATEST}) {{ nodes {{ {_CUSTOMER} }} }} }}"
)
PEER_NESTED = (
    "query($tenant: UUID!)"
    f" {{ customers: allCustomers(first: 20, {_LATEST}) {{ nodes {{ id: rowId displayName"
    " interactions: interactionsByTenantIdAndCustomerId(first: 10, orderBy: [OPENED_AT_DESC, ROW_ID_DESC])"
    " { nodes { id: rowId subject channel status openedAt"
    " touchpoint: touchpointByTenantIdAndTouchpointId { id: rowId name channel }"
    " feedback: feedbacksByTenantIdAndInteractionId(first: 5, orderBy: [SUBMITTED_AT_DESC, ROW_ID_DESC])"
    " { nodes { id: rowId kind score npsCategory submittedAt } } } } } } }"
)
PEER_INITIATIVES = (
    "query($tenant: UUID!)"
    f" {{ initiatives: allInitiatives(first: 10, {_LATEST}) {{ nodes {{ id: rowId name status"
    " insights: initiativeInsightsByTenantIdAndInitiativeId("
    "first: 10, orderBy: [LINKED_AT_DESC, INSIGHT_ID_DESC])"
    " { nodes { only: insightByTenantIdAndInsightId { id: rowId title severity"
    " evidence: evidencesByTenantIdAndInsightId("
    "first: 5, condition: {unlinkedAt: null}, orderBy: [LINKED_AT_DESC, ROW_ID_DESC]) { nodes {"
    " id: rowId quote signal: interactionByTenantIdAndInteractionId { id: rowId subject openedAt"
    " customer: customerByTenantIdAndCustomerId { id: rowId displayName } } } } } } } } } }"
)
PEER_LOG = (
    "mutation($input: CreateInteractionInput!)"
    " { createInteraction(input: $input) { interaction { id: rowId status openedAt } } }"
)
