"""Is the demo in the service as the sources have it? Sent over HTTP, counted, walked, and sent again."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
from sqlmodel import SQLModel

from infra.database import Database
from infra.demo.airport import feedback
from infra.demo.airport_catalogue import surveys
from infra.demo.asking import Ask, Asker, DemoRefused, accepted
from infra.demo.requests import calls
from infra.demo.rows import Row
from infra.demo.sender import bring, is_loaded, load
from infra.demo.servicedesk import customers
from infra.demo.story import FeedbackKey, Ref, Step, Story
from infra.demo.teller import tell
from infra.demo.tenants import Kind, Load, Tenant, tenants
from infra.explorer import EXAMPLES
from tests.databases import execute

pytestmark = pytest.mark.slow

# Two years of the airport are enough to count what was published, and load in a fifth of the time.
SERVICEDESK, AIRPORT = tenants(years=(2018, 2017))
DEMO = (SERVICEDESK, AIRPORT)
Ledger = dict[str, tuple[int, int | None]]

INCIDENTS = """{
  all: interactions { totalCount }
  inTime: interactions(filter: { slaMet: true }) { totalCount }
  reopened: interactions(filter: { reopened: true }) { totalCount }
  entries: interactionEvents { totalCount } }"""
RECOMMENDED = """query($year: DateTimeRange!) { survey(key: "nps") {
  all: answers(filter: { submittedAt: $year }) { totalCount }
  promoters: answers(filter: { submittedAt: $year, npsCategory: [PROMOTER] }) { totalCount }
  passives: answers(filter: { submittedAt: $year, npsCategory: [PASSIVE] }) { totalCount }
  detractors: answers(filter: { submittedAt: $year, npsCategory: [DETRACTOR] }) { totalCount } } }"""
SATISFIED = """query($year: DateTimeRange!) { survey(key: "csat-airport") {
  all: answers(filter: { submittedAt: $year }) { totalCount }
  satisfied: answers(filter: { submittedAt: $year, score: { gte: 4 } }) { totalCount } } }"""
NPS = """query($of: MetricInput!, $weighted: MetricInput!) {
  raw: metric(input: $of) { value sampleSize interval { low high } flags }
  weighted: metric(input: $weighted) { metric value sampleSize } }"""
TOP_BOXES = """query($of: MetricInput!) { metric(input: $of) { value sampleSize } }"""
RESOLUTION = """{
  median: metric(input: { metric: FULL_RESOLUTION }) { value sampleSize }
  p90: metric(input: { metric: FULL_RESOLUTION, quantile: 0.9 }) { value }
  promised: metric(input: { metric: SLA_ATTAINMENT }) { value sampleSize }
  contacts: metric(input: { metric: CONTACTS, breakdown: CHANNEL }) { value groups { key value } } }"""
HOUR = 3600
JOURNEY = """{ journey(key: "get-help") { brandPromise stages { touchpoints {
  feedback(first: 2) { nodes { verbatim interaction { key insights(first: 5) { nodes { title
    initiatives(first: 5) { nodes { name loops(first: 5) { nodes { name } } } } } } } } } } } } }"""
CALLER = """{ customer(ref: { externalId: { system: "servicedesk", value: "1480" } }) {
  feedback { nodes { verbatim loopLevel evidence { nodes { insight { title
    initiatives { nodes { name } } } } } } } } }"""


@pytest.fixture(scope="module")
async def client(service_url: str, database_url: str, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, which has the demo's tenants and rows."""
    for tenant in DEMO:
        await database.add_tenant(tenant.key, tenant.name)
    await execute(database_url, "ANALYZE")  # other tests have filled tables that nobody has counted yet
    async with httpx.AsyncClient(base_url=service_url, timeout=60) as opened:
        assert await load(service_url, DEMO) == sum(tenant.total for tenant in DEMO)
        yield opened


@pytest.fixture(scope="module")
def desk(client: httpx.AsyncClient) -> Ask:
    return Asker(client, SERVICEDESK.key).ask


@pytest.fixture(scope="module")
def airport(client: httpx.AsyncClient) -> Ask:
    return Asker(client, AIRPORT.key).ask


@pytest.fixture(scope="module")
async def today(service_url: str, database: Database) -> AsyncIterator[Ask]:
    """Asks a service desk without its history: its catalogue, its promises and one caller."""
    await database.add_tenant("desk-today", "Service desk")
    catalogue = {Kind.CONTACT_REASON, Kind.TOUCHPOINT, Kind.CALENDAR, Kind.POLICY}
    kept = tuple(one for one in SERVICEDESK.loads if one.kind in catalogue)
    caller = next(row for row in customers() if row["externalIds"][0]["value"] == "1480")
    loads = (*kept, Load(Kind.CUSTOMER, 1, lambda: [caller]))
    tenant = replace(SERVICEDESK, key="desk-today", loads=loads, story=Story("No loop", ()))
    async with httpx.AsyncClient(base_url=service_url, timeout=60) as opened:
        ask = Asker(opened, tenant.key).ask
        await bring(ask, tenant)
        yield ask


@pytest.fixture(scope="module")
async def earlier(service_url: str, database: Database) -> AsyncIterator[Ask]:
    """Asks a tenant that has the airport's overall scores of earlier years, and nothing else."""
    await database.add_tenant("airport-before", "San Francisco International Airport")
    kept = ("source", "key", "submittedAt", "surveyKey", "score", "weight")
    scores = [
        cast("Row", {name: row[name] for name in kept})  # type: ignore[literal-required]  # its own names
        for row in feedback((2014, 2015, 2016))
        if row.get("surveyKey") == "csat-airport"
    ]
    async with httpx.AsyncClient(base_url=service_url, timeout=60) as opened:
        ask = Asker(opened, "airport-before").ask
        for call in (*calls(Kind.SURVEY, surveys()), *calls(Kind.FEEDBACK, scores)):
            accepted((await ask(call.document, input=call.sent))[call.field], call.field)
        yield ask


async def test_every_incident_is_in_the_service_with_its_whole_ledger(desk: Ask) -> None:
    assert counted(await desk(INCIDENTS)) == {
        "all": 24_918,
        "inTime": 15_803,
        "reopened": 275,
        "entries": 141_712,
    }


@pytest.mark.parametrize(
    ("year", "figures"), [(2017, (2_746, 1_436, 968, 342)), (2018, (2_650, 1_268, 935, 447))]
)
async def test_the_airport_is_recommended_as_was_published(
    airport: Ask, year: int, figures: tuple[int, ...]
) -> None:
    found = await airport(RECOMMENDED, year=span(year))

    assert tuple(counted(found["survey"]).values()) == figures


@pytest.mark.parametrize(
    ("year", "satisfied", "everybody", "percent"), [(2017, 2_206, 2_688, 82.1), (2018, 2_059, 2_625, 78.4)]
)
async def test_the_airport_satisfies_as_was_published(
    airport: Ask, year: int, satisfied: int, everybody: int, percent: float
) -> None:
    found = await airport(SATISFIED, year=span(year))

    assert counted(found["survey"]) == {"all": everybody, "satisfied": satisfied}
    assert round(100 * satisfied / everybody, 1) == percent
    of = {"metric": "CSAT", "survey": "csat-airport", **period(year)}
    value = (await airport(TOP_BOXES, of=of))["metric"]
    assert (round(100 * value["value"], 1), value["sampleSize"]) == (percent, everybody)


@pytest.mark.parametrize(
    ("year", "published"),
    [(2017, (39.84, 2_746, 37.18, 42.41, 40.40)), (2018, (30.98, 2_650, 28.12, 33.77, 35.11))],
)
async def test_the_api_says_the_published_net_promoter_score(
    airport: Ask, year: int, published: tuple[float, ...]
) -> None:
    points, answers, low, high, weighted = published
    of = {"metric": "NPS", "survey": "nps", **period(year)}

    found = await airport(NPS, of=of, weighted={**of, "weighted": True})

    raw = found["raw"]
    assert (round(raw["value"], 2), raw["sampleSize"], raw["flags"]) == (points, answers, [])
    assert (round(raw["interval"]["low"], 2), round(raw["interval"]["high"], 2)) == (low, high)
    assert found["weighted"]["metric"] == "NPS_WEIGHTED"
    assert round(found["weighted"]["value"], 2) == weighted


@pytest.mark.parametrize(
    ("year", "percent", "everybody"), [(2014, 78.9, 2_677), (2015, 80.0, 2_810), (2016, 81.0, 2_919)]
)
async def test_the_airport_satisfied_before_as_was_published(
    earlier: Ask, year: int, percent: float, everybody: int
) -> None:
    of = {"metric": "CSAT", "survey": "csat-airport", **period(year)}

    value = (await earlier(TOP_BOXES, of=of))["metric"]

    assert (round(100 * value["value"], 1), value["sampleSize"]) == (percent, everybody)


async def test_the_api_says_how_long_incidents_took(desk: Ask) -> None:
    found = await desk(RESOLUTION)

    assert found["median"] == {"value": pytest.approx(22.1 * HOUR, rel=0.01), "sampleSize": 23_362}
    assert found["p90"]["value"] == pytest.approx(381.5 * HOUR, rel=0.01)
    assert found["promised"] == {"value": pytest.approx(15_803 / 24_918), "sampleSize": 24_918}
    contacts = found["contacts"]
    assert contacts["value"] == sum(group["value"] for group in contacts["groups"]) == 24_918


async def test_one_query_walks_from_the_airports_promise_to_the_loop(airport: Ask) -> None:
    document = (EXAMPLES / "10-from-promise-to-loop.graphql").read_text()

    journey = (await airport(document, journey="departure"))["journey"]

    assert journey["brandPromise"].startswith("From the road to the gate without worry")
    [stage] = [stage for stage in journey["stages"] if stage["name"] == "Passing security"]
    [touchpoint] = stage["touchpoints"]
    words = touchpoint["feedback"]["nodes"][0]
    assert words["verbatim"] == "Two lanes were open and nobody could say which one was ours."
    assert words["interaction"]["subject"] == "Chaos at the security checkpoint"
    [insight] = words["interaction"]["insights"]["nodes"]
    assert (insight["title"], insight["signalCount"]) == ("Passing security became harder in 2018", 14)
    [initiative] = insight["initiatives"]["nodes"]
    assert (initiative["name"], initiative["status"]) == ("Lanes that follow the flights", "ACTIVE")
    [loop] = initiative["loops"]["nodes"]
    assert loop == {
        "name": "You said security was chaotic",
        "status": "OPEN",
        "followUps": {"totalCount": 12},
    }


async def test_another_walks_back_from_a_passengers_words_to_the_initiative(airport: Ask) -> None:
    document = (EXAMPLES / "20-from-words-to-initiative.graphql").read_text()

    passenger = (await airport(document, system="sfo-survey", name="2018-002031"))["customer"]

    said, written = (words for words in passenger["feedback"]["nodes"] if words["evidence"]["nodes"])
    for words in (said, written):
        assert words["touchpoint"]["name"] == "Security screening"
        [evidence] = words["evidence"]["nodes"]
        assert evidence["insight"]["title"] == "Passing security became harder in 2018"
        [initiative] = evidence["insight"]["initiatives"]["nodes"]
        assert initiative["name"] == "Lanes that follow the flights"
    assert written["verbatim"].isupper()
    [owed] = passenger["followUps"]["nodes"]
    assert owed["status"] == "OWED"


async def test_history_starts_no_clock_although_policies_would_fit_it(desk: Ask) -> None:
    found = await desk(
        "{ clocks { totalCount } slaPolicies { totalCount } businessCalendars { totalCount } }"
    )

    assert counted(found) == {"clocks": 0, "slaPolicies": 2, "businessCalendars": 1}


async def test_an_incident_that_comes_in_shows_which_clocks_run_and_why(today: Ask) -> None:
    incident, clocks = (EXAMPLES / "54-an-incident-comes-in", EXAMPLES / "56-which-clock-is-running.graphql")
    sent = json.loads(incident.with_suffix(".json").read_text())

    logged = (await today(incident.with_suffix(".graphql").read_text(), **sent))["interactionLog"]
    running = (await today(clocks.read_text()))["clocks"]

    assert logged["userErrors"] == []
    assert [(one["target"], one["state"], one["why"]) for one in logged["interaction"]["clocks"]] == [
        ("FIRST_RESPONSE", "PENDING", "NOT_ANSWERED"),
        ("FULL_RESOLUTION", "PENDING", "NOT_RESOLVED"),
    ]
    assert [(one["target"], one["remainingSeconds"]) for one in running["nodes"]] == [
        ("FIRST_RESPONSE", 4 * HOUR),
        ("FULL_RESOLUTION", 45 * HOUR),
    ]
    assert {one["hours"]["calendar"]["name"] for one in running["nodes"]} == {"At the desk"}


async def test_the_service_desk_can_be_walked_both_ways(desk: Ask) -> None:
    journey = (await desk(JOURNEY))["journey"]
    caller = (await desk(CALLER))["customer"]

    answers = [
        answer
        for stage in journey["stages"]
        for touchpoint in stage["touchpoints"]
        for answer in touchpoint["feedback"]["nodes"]
    ]
    [answer] = answers
    [insight] = answer["interaction"]["insights"]["nodes"]
    [initiative] = insight["initiatives"]["nodes"]
    assert (answer["interaction"]["key"], insight["title"], initiative) == (
        "INC0004356",
        "Asking back is where targets are missed",
        {"name": "Ask once", "loops": {"nodes": [{"name": "You said we ask twice"}]}},
    )
    [said] = caller["feedback"]["nodes"]
    assert said["verbatim"] == answer["verbatim"]
    assert [one["insight"]["title"] for one in said["evidence"]["nodes"]] == [insight["title"]]


@pytest.mark.parametrize("tenant", DEMO, ids=lambda tenant: tenant.key)
async def test_what_is_loaded_is_known_to_be(client: httpx.AsyncClient, tenant: Tenant) -> None:
    ask = Asker(client, tenant.key).ask

    assert await is_loaded(ask, tenant)


async def test_a_year_that_lacks_makes_a_tenant_incomplete(airport: Ask) -> None:
    [_, whole] = tenants()

    assert not await is_loaded(airport, whole)


async def test_loading_again_sends_nothing(client: httpx.AsyncClient, database: Database) -> None:
    before = await ledger(database)

    assert await load(str(client.base_url), DEMO) == 0

    assert await ledger(database) == before


# One year of the airport is as good as two here.
@pytest.mark.parametrize("tenant", tenants(years=(2018,)), ids=lambda tenant: tenant.key)
async def test_every_row_can_be_sent_again_and_changes_nothing(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    before = await ledger(database)

    assert await bring(Asker(client, tenant.key).ask, tenant) == tenant.total

    assert await ledger(database) == before


async def test_a_story_about_what_is_not_there_is_refused_by_name(desk: Ask, database: Database) -> None:
    before = await ledger(database)
    missing = FeedbackKey("nowhere", "1")
    story = Story("No loop", (Step("step", "evidenceLink", {"signals": [{"feedbackId": missing}]}),))

    with pytest.raises(DemoRefused, match="nowhere"):
        await tell(desk, story)

    assert await ledger(database) == before


async def test_a_refused_step_ends_a_story_with_the_services_reason(desk: Ask, database: Database) -> None:
    before = await ledger(database)
    steps = (
        Step("first", "elevationPropose", {"title": "Nothing to show", "signals": []}, gives="elevation"),
        Step("second", "elevationAccept", {"elevationId": Ref("first")}),
    )

    with pytest.raises(DemoRefused, match=r"elevationPropose: .* \(at signals\)"):
        await tell(desk, Story("No loop", steps))

    assert await ledger(database) == before


def counted(found: dict[str, Any]) -> dict[str, int]:
    return {name: connection["totalCount"] for name, connection in found.items()}


def period(year: int) -> dict[str, str]:
    return {"from": f"{year}-01-01T00:00:00Z", "to": f"{year + 1}-01-01T00:00:00Z"}


def span(year: int) -> dict[str, str]:
    return {"gte": f"{year}-01-01T00:00:00Z", "lt": f"{year + 1}-01-01T00:00:00Z"}


async def ledger(database: Database) -> Ledger:
    """Count the demo's rows in every table, the outbox too, and add up the versions they have.

    The audit log is left out: it tells of each request, also of one that changed nothing.
    """
    parts = [
        f"SELECT '{table.name}' AS name, count(*) AS rows, "  # noqa: S608 - our own tables
        f"sum({'version' if 'version' in table.c else '0'})::bigint AS versions "
        f'FROM "{table.name}" JOIN demo ON demo.id = tenant_id'
        for table in SQLModel.metadata.sorted_tables
        if "tenant_id" in table.c and not table.name.startswith("audit_")
    ]
    sql = f"WITH demo AS (SELECT id FROM tenant WHERE key = ANY($1)) {' UNION ALL '.join(parts)}"  # noqa: S608 - the same
    rows = await database.pool.fetch(sql, [tenant.key for tenant in DEMO])
    found = {row["name"]: (row["rows"], row["versions"]) for row in rows}
    assert found["feedback"][0] > 0
    return found
