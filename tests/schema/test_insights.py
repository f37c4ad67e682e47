"""Can clients find what their customers' words led to, and take an insight from a draft to a priority?"""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.touchpoints.tables import Channel, Medium, Touchpoint
from tests.ground import Answering
from tests.service import signals

WORDS = 'An hour in "line", nobody said why.'
PROPOSE = """mutation($input: ElevationProposeInput!) { elevationPropose(input: $input) {
  userErrors { code message field }
  elevation { id title impact frequency proposer status version
    signals { quote importance signal { __typename ... on Feedback { verbatim } } }
    allowedTransitions { to requires blockedBecause } history { source target actor } } } }"""
ACCEPT = """mutation($input: ElevationAcceptInput!) { elevationAccept(input: $input) {
  userErrors { code message field }
  elevation { status insight { id } }
  insight { id title status severity signalCount customerCount touchpoint { key }
    evidence { totalCount nodes { quote customer { displayName } } } } } }"""
DRAFT = """mutation($input: InsightDraftInput!) { insightDraft(input: $input) {
  userErrors { code message field } insight { id title kind severity status version } } }"""
UPDATE = """mutation($input: InsightUpdateInput!) { insightUpdate(input: $input) {
  userErrors { code message field } insight { title owner rootCause rootCauseMethod version } } }"""
LINK = """mutation($input: EvidenceLinkInput!) { evidenceLink(input: $input) {
  userErrors { code message field }
  insight { signalCount customerCount allowedTransitions { to blockedBecause } }
  evidence { id quote importance linkedBy
    signal { __typename ... on Node { id } } } } }"""
UNLINK = """mutation($input: EvidenceUnlinkInput!) { evidenceUnlink(input: $input) {
  userErrors { code field } evidence { unlinkReason insight { signalCount
    evidence { nodes { id } } unlinkedEvidence { nodes { id unlinkedBy } } } } } }"""
PRIORITISE = """mutation($input: InsightPrioritiseInput!) { insightPrioritise(input: $input) {
  userErrors { code message field } insight { status
    priority { score affectedCustomers gap trend } } } }"""
MOVE = """mutation($input: InsightTransitionInput!) { insightTransition(input: $input) {
  userErrors { code message field } insight { status sponsorReason version } } }"""
MERGE = """mutation($input: InsightMergeInput!) { insightMerge(input: $input) {
  userErrors { code message field } insight { id signalCount } } }"""


@dataclass(frozen=True, slots=True)
class Voices:
    """The public ids of what customers said, and of a touchpoint."""

    feedback: str
    interaction: str
    event: str
    ada: str
    touchpoint: str


@pytest.fixture
async def voices(database: Database, actor: Actor) -> Voices:
    """Ada wrote, Bob called, Eve waited."""
    async with database.work(actor) as session:
        ada, bob, eve = (signals.customer(session, name) for name in ("Ada", "Bob", "Eve"))
        touchpoint = Touchpoint(
            key="security", name="Security", channel=Channel.IN_STORE, medium=Medium.HUMAN
        )
        return Voices(
            f"fbk_{signals.feedback(session, ada, WORDS)}",
            f"int_{signals.interaction(session, bob)}",
            f"tpe_{signals.touchpoint_event(session, eve)}",
            f"cus_{ada}",
            f"tch_{session.add(touchpoint).id}",
        )


def named(voices: Voices) -> list[dict[str, object]]:
    return [
        {"feedbackId": voices.feedback, "importance": 3},
        {"interactionId": voices.interaction, "quote": "Again?"},
        {"touchpointEventId": voices.event},
    ]


async def done(ask: Answering, source: str, **given: object) -> dict[str, Any]:
    """Run one mutation that must not be refused and return its payload."""
    [payload] = (await ask(source, input=given)).values()
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload
    return found


async def drafted(ask: Answering, **more: object) -> str:
    id_: str = (await done(ask, DRAFT, title="Queues", **more))["insight"]["id"]
    return id_


async def prioritised(ask: Answering, title: str, customers: float) -> str:
    id_ = await drafted(ask, summary=title)
    await done(ask, UPDATE, insightId=id_, title=title, rootCause="Lanes", rootCauseMethod="FIVE_WHYS")
    await done(ask, MOVE, insightId=id_, to="EVIDENCED", sponsorReason="Seen.")
    await done(ask, MOVE, insightId=id_, to="VALIDATED")
    await done(ask, PRIORITISE, insightId=id_, affectedCustomers=customers, gap=0.5, trend=2)
    return id_


async def test_a_proposed_elevation_shows_its_signals_and_what_may_happen_next(
    ask: Answering, voices: Voices
) -> None:
    payload = await done(ask, PROPOSE, title="Lanes close early", impact="COMPLAINT", signals=named(voices))

    elevation = payload["elevation"]
    assert (elevation["status"], elevation["proposer"], elevation["version"]) == ("PROPOSED", "someone", 1)
    shown = [(s["quote"], s["importance"], s["signal"]["__typename"]) for s in elevation["signals"]]
    assert shown == [(WORDS, 3, "Feedback"), ("Again?", 1, "Interaction"), (None, 1, "TouchpointEvent")]
    assert elevation["signals"][0]["signal"]["verbatim"] == WORDS
    assert [step["to"] for step in elevation["allowedTransitions"]] == [
        "ACCEPTED",
        "MERGED",
        "RETURNED",
        "DECLINED",
    ]
    assert elevation["history"] == [{"source": None, "target": "PROPOSED", "actor": "someone"}]


async def test_an_accepted_elevation_becomes_an_insight_at_its_touchpoint(
    ask: Answering, voices: Voices
) -> None:
    elevation = await done(ask, PROPOSE, title="Lanes close early", signals=named(voices))

    payload = await done(
        ask,
        ACCEPT,
        elevationId=elevation["elevation"]["id"],
        insight={"title": "Security got harder", "severity": 4, "touchpointKey": "security"},
    )

    insight = payload["insight"]
    assert payload["elevation"] == {"status": "ACCEPTED", "insight": {"id": insight["id"]}}
    assert (insight["title"], insight["severity"], insight["touchpoint"]) == (
        "Security got harder",
        4,
        {"key": "security"},
    )
    assert (insight["signalCount"], insight["customerCount"], insight["evidence"]["totalCount"]) == (3, 3, 3)
    words = {one["customer"]["displayName"]: one["quote"] for one in insight["evidence"]["nodes"]}
    assert words == {"Ada": WORDS, "Bob": "Again?", "Eve": None}


async def test_linked_evidence_opens_the_next_step(ask: Answering, voices: Voices) -> None:
    insight = await drafted(ask)
    some = await done(ask, LINK, insightId=insight, signals=named(voices)[:2])
    blocked = {step["to"]: step["blockedBecause"] for step in some["insight"]["allowedTransitions"]}
    assert len(blocked["EVIDENCED"]) == 1

    every = await done(ask, LINK, insightId=insight, signals=named(voices))

    steps = {step["to"]: step["blockedBecause"] for step in every["insight"]["allowedTransitions"]}
    assert steps == {"EVIDENCED": [], "REJECTED": [], "DORMANT": []}
    assert [one["signal"] for one in every["evidence"]] == [
        {"__typename": "Feedback", "id": voices.feedback},
        {"__typename": "Interaction", "id": voices.interaction},
        {"__typename": "TouchpointEvent", "id": voices.event},
    ]
    assert every["evidence"][0]["id"] == some["evidence"][0]["id"]


async def test_a_refused_step_names_what_is_missing_and_changes_nothing(ask: Answering) -> None:
    insight = await drafted(ask)

    refused = await ask(MOVE, input={"insightId": insight, "to": "EVIDENCED"})

    [error] = refused["insightTransition"]["userErrors"]
    assert (error["code"], error["field"], refused["insightTransition"]["insight"]) == (
        "BLOCKED",
        ["to"],
        None,
    )
    assert error["message"].startswith("At least 3 signals from at least 3 different customers back it")
    kept = await ask("query($id: ID!) { insight(id: $id) { status version } }", id=insight)
    assert kept == {"insight": {"status": "DRAFT", "version": 1}}


@pytest.mark.parametrize(
    ("signal", "field"),
    [
        ({}, ["signals", "0"]),
        ({"feedbackId": "cus_01a2012a-d150-7fd9-8857-f71bf7f48da7"}, ["signals", "0", "feedbackId"]),
    ],
    ids=["nothing", "a customer"],
)
async def test_a_signal_names_exactly_one_thing(
    ask: Answering, signal: dict[str, object], field: list[str]
) -> None:
    insight = await drafted(ask)

    refused = await ask(LINK, input={"insightId": insight, "signals": [signal]})

    assert [error["field"] for error in refused["evidenceLink"]["userErrors"]] == [field]


async def test_unlinked_evidence_is_shown_apart(ask: Answering, voices: Voices) -> None:
    insight = await drafted(ask)
    linked = await done(ask, LINK, insightId=insight, signals=named(voices)[:2])
    first, second = (one["id"] for one in linked["evidence"])

    payload = await done(ask, UNLINK, evidenceId=first, reason="Another airport.")

    assert payload["evidence"] == {
        "unlinkReason": "Another airport.",
        "insight": {
            "signalCount": 1,
            "evidence": {"nodes": [{"id": second}]},
            "unlinkedEvidence": {"nodes": [{"id": first, "unlinkedBy": "someone"}]},
        },
    }


async def test_a_priority_shows_its_three_factors(ask: Answering) -> None:
    id_ = await prioritised(ask, "Queues", 120)

    found = await ask("query($id: ID!) { insight(id: $id) { status priority { score trend } } }", id=id_)

    assert found == {"insight": {"status": "PRIORITISED", "priority": {"score": 120, "trend": 2}}}


async def test_insights_are_sorted_by_priority_with_those_that_have_none_last(ask: Answering) -> None:
    low, high = await prioritised(ask, "Signs", 10), await prioritised(ask, "Queues", 90)
    none = await drafted(ask)

    found = await ask(
        """{ insights(first: 2, orderBy: {field: PRIORITY}) { totalCount nodes { id priority { score } }
             pageInfo { endCursor } } }"""
    )
    rest = await ask(
        """query($after: String) { insights(after: $after, orderBy: {field: PRIORITY}) {
             nodes { id priority { score } } } }""",
        after=found["insights"]["pageInfo"]["endCursor"],
    )

    assert [one["id"] for one in found["insights"]["nodes"]] == [high, low]
    assert (found["insights"]["totalCount"], rest["insights"]["nodes"]) == (
        3,
        [{"id": none, "priority": None}],
    )


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ({"status": ["DRAFT", "EVIDENCED"]}, 2),
        ({"kind": ["GAIN"]}, 1),
        ({"severity": [5, 4]}, 1),
        ({"owner": "Operations"}, 1),
        ({"not": {"kind": ["PAIN"]}}, 1),
        ({"status": ["REJECTED"]}, 0),
    ],
    ids=["status", "kind", "severity", "owner", "not", "none"],
)
async def test_insights_are_found_by_what_they_are(
    ask: Answering, filter_: dict[str, object], count: int
) -> None:
    await drafted(ask, severity=5, owner="Operations")
    await drafted(ask, kind="GAIN")

    found = await ask("query($f: InsightFilter) { insights(filter: $f) { totalCount } }", f=filter_)

    assert found["insights"]["totalCount"] == count


async def test_an_insight_is_found_where_it_is_pinned(ask: Answering, voices: Voices) -> None:
    insight = await drafted(ask, touchpointId=voices.touchpoint)
    await drafted(ask)

    found = await ask(
        """query($id: ID!) { insights(filter: {touchpoint: $id}) { nodes { id touchpoint { name } } }
             node(id: $id) { ... on Touchpoint { insights { nodes { id } } } } }""",
        id=voices.touchpoint,
    )

    assert found == {
        "insights": {"nodes": [{"id": insight, "touchpoint": {"name": "Security"}}]},
        "node": {"insights": {"nodes": [{"id": insight}]}},
    }


async def test_a_customers_words_lead_to_the_insights_they_back(ask: Answering, voices: Voices) -> None:
    insight = await drafted(ask)
    await done(ask, LINK, insightId=insight, signals=named(voices))

    found = await ask(
        """query($ids: [ID!]!, $ada: ID!) { nodes(ids: $ids) {
             ... on Feedback { insights { nodes { id } } evidence { nodes { quote insight { title } } } }
             ... on Interaction { insights { nodes { id } } }
             ... on TouchpointEvent { insights { nodes { id } } } }
           customer(ref: {id: $ada}) { insights { nodes { id } } }
           insights { nodes { customers { totalCount } } } }""",
        ids=[voices.feedback, voices.interaction, voices.event],
        ada=voices.ada,
    )

    backed = {"insights": {"nodes": [{"id": insight}]}}
    words = {"evidence": {"nodes": [{"quote": WORDS, "insight": {"title": "Queues"}}]}}
    assert found["nodes"] == [backed | words, backed, backed]
    assert found["customer"] == backed
    assert found["insights"]["nodes"] == [{"customers": {"totalCount": 3}}]


async def test_merged_insights_answer_the_one_that_stays(ask: Answering, voices: Voices) -> None:
    source, target = await drafted(ask), await drafted(ask)
    await done(ask, LINK, insightId=source, signals=named(voices))

    payload = await done(ask, MERGE, sourceId=source, targetId=target, reason="The same thing.")

    assert payload["insight"] == {"id": target, "signalCount": 3}
    found = await ask(
        "query($id: ID!) { insight(id: $id) { status mergedInto { id } history { target reason } } }",
        id=source,
    )
    assert found["insight"] == {
        "status": "MERGED",
        "mergedInto": {"id": target},
        "history": [{"target": "DRAFT", "reason": None}, {"target": "MERGED", "reason": "The same thing."}],
    }


async def test_a_strangers_insight_does_not_exist(ask: Answering, graph: Graph, stranger: Actor) -> None:
    insight = await drafted(ask)

    response = await graph.answer(Request("{ insights { totalCount } }"), stranger)
    refused = await graph.answer(
        Request(
            "mutation($i: InsightUpdateInput!) { insightUpdate(input: $i) { userErrors { code field } } }",
            variables={"i": {"insightId": insight, "title": "Mine"}},
        ),
        stranger,
    )

    assert orjson.loads(response.body)["data"]["insights"] == {"totalCount": 0}
    [error] = orjson.loads(refused.body)["data"]["insightUpdate"]["userErrors"]
    assert error == {"code": "NOT_FOUND", "field": ["insightId"]}
