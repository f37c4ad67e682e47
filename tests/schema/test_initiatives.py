"""Can clients take a change from a customer's words to a verdict that nobody can set by hand?"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from infra.database import Database
from service import initiatives
from service.ground.actor import Actor
from service.initiatives import Evaluation
from service.initiatives.tables import EvidenceGrade, ImpactEvaluation, Verdict
from service.touchpoints.tables import Channel, Medium, Touchpoint
from tests.ground import Answering
from tests.service import signals

PROPOSE = """mutation($input: InitiativeProposeInput!) { initiativePropose(input: $input) {
  userErrors { code message field }
  initiative { id name owner sponsor status health costMinor currency plannedStart version
    insights { nodes { id status } } touchpoints { nodes { key } }
    allowedTransitions { to requires blockedBecause } history { source target } } } }"""
UPDATE = """mutation($input: InitiativeUpdateInput!) { initiativeUpdate(input: $input) {
  userErrors { code message field } initiative { name sponsor costMinor currency version } } }"""
MOVE = """mutation($input: InitiativeTransitionInput!) { initiativeTransition(input: $input) {
  userErrors { code message field }
  initiative { status approvedBy shippedAt shippedScope changeReference learningNote
    insights { nodes { status initiativeActiveAt } } allowedTransitions { to } } } }"""
REPORT = """mutation($input: InitiativeReportInput!) { initiativeReport(input: $input) {
  userErrors { code field } update { health note author reportedAt }
  initiative { health updates { totalCount } } } }"""
UNLINK = """mutation($input: InitiativeUnlinkInput!) { initiativeUnlink(input: $input) {
  userErrors { code } initiative { insights { totalCount } touchpoints { totalCount } } } }"""
LINK = UNLINK.replace("Unlink", "Link")
PLAN = """mutation($input: MeasurementPlanDraftInput!) { measurementPlanDraft(input: $input) {
  userErrors { code message field }
  plan { metricId metricVersion direction bucket practicalThreshold evaluationEnd lockedAt cohortSize } } }"""
LOCK = """mutation($input: MeasurementPlanLockInput!) { measurementPlanLock(input: $input) {
  userErrors { code message field }
  plan { lockedBy lockedInTime cohortSize cohortMembersKnown initiative { planLockedAt } } } }"""
OVERRIDE = """mutation($input: InitiativeVerdictOverrideInput!) { initiativeVerdictOverride(input: $input) {
  userErrors { code message field } initiative { status verdict overriddenBy overrideReason } } }"""
ANNOTATE = """mutation($input: EvaluationAnnotateInput!) { evaluationAnnotate(input: $input) {
  userErrors { code field } evaluation { annotation annotatedBy verdict } } }"""
DRAFT = """mutation($input: InsightDraftInput!) { insightDraft(input: $input) {
  userErrors { code } insight { id } } }"""
RIPEN = """mutation($id: ID!) {
  cause: insightUpdate(input: {insightId: $id, rootCause: "Lanes", rootCauseMethod: INTERVIEW}) {
    userErrors { code } }
  seen: insightTransition(input: {insightId: $id, to: EVIDENCED, sponsorReason: "It is seen."}) {
    userErrors { code } }
  known: insightTransition(input: {insightId: $id, to: VALIDATED}) { userErrors { code } }
  ranked: insightPrioritise(input: {insightId: $id, affectedCustomers: 9, gap: 1, trend: 1}) {
    userErrors { code } } }"""
EVIDENCE = "mutation($input: EvidenceLinkInput!) { evidenceLink(input: $input) { userErrors { code } } }"

WINDOWS = {
    "metricId": "CES_MEAN",
    "direction": "INCREASE",
    "practicalThreshold": 0.2,
    "baselineStart": "2025-01-06T00:00:00Z",
    "baselineEnd": "2025-07-07T00:00:00Z",
    "startsAt": "2025-07-07T00:00:00Z",
    "evaluationEnd": "2025-10-06T00:00:00Z",
}
SHIPPED = {"shippedAt": "2025-07-07T08:00:00+02:00", "scope": "All lanes", "changeReference": "R-42"}
BETTER = Evaluation(Verdict.IMPROVED, EvidenceGrade.B, 812, 0.41, 0.22, 0.6, is_final=True)


@dataclass(frozen=True, slots=True)
class Case:
    """The public ids of an insight, of the words behind it, and of a touchpoint."""

    insight: str
    feedback: str
    touchpoint: str


@pytest.fixture
async def case(ask: Answering, database: Database, actor: Actor) -> Case:
    """A prioritised insight that Ada's words back."""
    async with database.work(actor) as session:
        feedback = f"fbk_{signals.feedback(session, signals.customer(session, 'Ada'), 'An hour.')}"
        touchpoint = Touchpoint(
            key="security", name="Security", channel=Channel.IN_STORE, medium=Medium.HUMAN
        )
        place = f"tch_{session.add(touchpoint).id}"
    insight = (await done(ask, DRAFT, title="Queues"))["insight"]["id"]
    await done(ask, EVIDENCE, insightId=insight, signals=[{"feedbackId": feedback}])
    await ask(RIPEN, id=insight)
    return Case(insight, feedback, place)


async def done(ask: Answering, source: str, **given: object) -> dict[str, Any]:
    """Run one mutation that must not be refused and return its payload."""
    [payload] = (await ask(source, input=given)).values()
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload
    return found


async def proposed(ask: Answering, case: Case, **more: object) -> str:
    given = {"name": "More lanes", "owner": "Operations", "sponsor": "someone", "insightIds": [case.insight]}
    id_: str = (await done(ask, PROPOSE, **{**given, **more}))["initiative"]["id"]
    return id_


async def brought_to(ask: Answering, case: Case, status: str) -> str:
    """Propose an initiative and take its steps up to one."""
    id_ = await proposed(ask, case)
    await done(ask, PLAN, initiativeId=id_, **WINDOWS)
    await done(ask, LOCK, initiativeId=id_)
    for to in ("APPROVED", "PLANNED", "ACTIVE", "SHIPPED", "OBSERVING"):
        await done(ask, MOVE, initiativeId=id_, to=to, **(SHIPPED if to == "SHIPPED" else {}))
        if to == status:
            break
    return id_


async def judged(database: Database, actor: Actor, initiative: str, found: Evaluation = BETTER) -> str:
    """Record what a computation found, as the service does."""
    async with database.work(actor) as session:
        id_ = await initiatives.evaluations.record(session, UUID(initiative.removeprefix("ini_")), found)
    return f"iev_{id_}"


async def test_a_proposal_shows_what_it_is_for_and_what_it_still_lacks(ask: Answering, case: Case) -> None:
    payload = await done(
        ask,
        PROPOSE,
        name="More lanes",
        costMinor=1_250_000,
        currency="EUR",
        plannedStart="2026-04-01",
        insightIds=[case.insight],
        touchpointIds=[case.touchpoint],
    )

    found = payload["initiative"]
    assert (found["owner"], found["sponsor"], found["status"], found["health"]) == (
        "someone",
        None,
        "PROPOSED",
        "ON_TRACK",
    )
    assert (found["costMinor"], found["currency"], found["plannedStart"]) == (1_250_000, "EUR", "2026-04-01")
    assert found["insights"]["nodes"] == [{"id": case.insight, "status": "PRIORITISED"}]
    assert found["touchpoints"]["nodes"] == [{"key": "security"}]
    missing = ["It has a sponsor", "Its sponsor is someone else than its owner"]
    assert found["allowedTransitions"] == [
        {"to": "APPROVED", "requires": missing, "blockedBecause": missing},
        {"to": "CANCELLED", "requires": ["A reason is given with the step"], "blockedBecause": []},
    ]
    assert found["history"] == [{"source": None, "target": "PROPOSED"}]


async def test_a_cost_without_its_currency_is_refused(ask: Answering, case: Case) -> None:
    refused = await ask(PROPOSE, input={"name": "More lanes", "costMinor": 5, "insightIds": [case.insight]})

    assert [error["code"] for error in refused["initiativePropose"]["userErrors"]] == ["INVALID"]
    assert await ask("{ initiatives { totalCount } }") == {"initiatives": {"totalCount": 0}}


async def test_what_an_update_does_not_name_stays(ask: Answering, case: Case) -> None:
    id_ = await proposed(ask, case, costMinor=5, currency="EUR")

    payload = await done(ask, UPDATE, initiativeId=id_, costMinor=None, currency=None)

    assert payload["initiative"] == {
        "name": "More lanes",
        "sponsor": "someone",
        "costMinor": None,
        "currency": None,
        "version": 2,
    }


async def test_the_cohort_is_frozen_with_the_plan(ask: Answering, case: Case) -> None:
    id_ = await proposed(ask, case)
    drafted = await done(ask, PLAN, initiativeId=id_, **WINDOWS)
    assert drafted["plan"] == {
        "metricId": "CES_MEAN",
        "metricVersion": 1,
        "direction": "INCREASE",
        "bucket": "WEEK",
        "practicalThreshold": 0.2,
        "evaluationEnd": "2025-10-06T00:00:00+00:00",
        "lockedAt": None,
        "cohortSize": None,
    }

    locked = await done(ask, LOCK, initiativeId=id_)

    plan = locked["plan"]
    assert (plan["lockedBy"], plan["lockedInTime"]) == ("someone", False)
    assert (plan["cohortSize"], plan["cohortMembersKnown"]) == (1, 1)
    assert plan["initiative"]["planLockedAt"] is not None
    refused = await ask(PLAN, input={"initiativeId": id_, **WINDOWS})
    assert [error["field"] for error in refused["measurementPlanDraft"]["userErrors"]] == [["initiativeId"]]


async def test_a_plan_that_could_prove_nothing_is_refused_at_its_field(ask: Answering, case: Case) -> None:
    id_ = await proposed(ask, case)

    refused = await ask(PLAN, input={"initiativeId": id_, **WINDOWS, "practicalThreshold": 0})

    [error] = refused["measurementPlanDraft"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["practicalThreshold"])
    assert (await ask("{ initiatives { nodes { plan { id } } } }"))["initiatives"]["nodes"] == [
        {"plan": None}
    ]


async def test_shipping_tells_when_for_whom_and_by_which_release(ask: Answering, case: Case) -> None:
    id_ = await brought_to(ask, case, "ACTIVE")

    payload = await done(ask, MOVE, initiativeId=id_, to="SHIPPED", **SHIPPED)

    found = payload["initiative"]
    assert (found["status"], found["shippedAt"]) == ("SHIPPED", "2025-07-07T06:00:00+00:00")
    assert (found["shippedScope"], found["changeReference"]) == ("All lanes", "R-42")
    assert [one["status"] for one in found["insights"]["nodes"]] == ["ADDRESSING"]


async def test_no_verdict_can_be_asked_for(ask: Answering, case: Case) -> None:
    id_ = await brought_to(ask, case, "OBSERVING")

    refused = await ask(MOVE, input={"initiativeId": id_, "to": "IMPROVED"})

    [error] = refused["initiativeTransition"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_TRANSITION", ["to"])
    found = await ask(
        "query($id: ID!) { initiative(id: $id) { status verdict allowedTransitions { to } } }", id=id_
    )
    assert found["initiative"] == {"status": "OBSERVING", "verdict": None, "allowedTransitions": []}


async def test_one_customers_words_lead_to_the_proof(
    ask: Answering, database: Database, actor: Actor, case: Case
) -> None:
    id_ = await brought_to(ask, case, "OBSERVING")
    await judged(database, actor, id_)

    found = await ask(
        """query($id: ID!) { node(id: $id) { ... on Feedback { verbatim evidence { nodes { quote insight {
             title status verifiedAt initiatives { nodes { name status verdict
               evaluations { nodes {
                 edition verdict estimate ciLow ciHigh sampleSize evidenceGrade isFinal } }
             } } } } } } } }""",
        id=case.feedback,
    )

    [evidence] = found["node"]["evidence"]["nodes"]
    insight = evidence["insight"]
    assert (found["node"]["verbatim"], evidence["quote"]) == ("An hour.", "An hour.")
    assert insight["verifiedAt"] is not None
    assert insight["initiatives"]["nodes"] == [
        {
            "name": "More lanes",
            "status": "IMPROVED",
            "verdict": "IMPROVED",
            "evaluations": {
                "nodes": [
                    {
                        "edition": 1,
                        "verdict": "IMPROVED",
                        "estimate": 0.41,
                        "ciLow": 0.22,
                        "ciHigh": 0.6,
                        "sampleSize": 812,
                        "evidenceGrade": "B",
                        "isFinal": True,
                    }
                ]
            },
        }
    ]


async def test_a_sponsors_override_is_shown_beside_what_was_computed(
    ask: Answering, database: Database, actor: Actor, case: Case
) -> None:
    id_ = await brought_to(ask, case, "OBSERVING")
    await judged(database, actor, id_, replace(BETTER, verdict=Verdict.NO_CHANGE))

    payload = await done(ask, OVERRIDE, initiativeId=id_, verdict="IMPROVED", reason="Night shift.")

    assert payload["initiative"] == {
        "status": "IMPROVED",
        "verdict": "IMPROVED",
        "overriddenBy": "someone",
        "overrideReason": "Night shift.",
    }
    found = await ask("{ initiatives { nodes { evaluations { nodes { verdict } } } } }")
    assert found["initiatives"]["nodes"][0]["evaluations"]["nodes"] == [{"verdict": "NO_CHANGE"}]


async def test_only_the_sponsor_overrides(
    ask: Answering, database: Database, actor: Actor, case: Case
) -> None:
    id_ = await brought_to(ask, case, "OBSERVING")
    await judged(database, actor, id_, replace(BETTER, verdict=Verdict.NO_CHANGE))
    await done(ask, UPDATE, initiativeId=id_, sponsor="Director")

    refused = await ask(OVERRIDE, input={"initiativeId": id_, "verdict": "IMPROVED", "reason": "I feel it."})

    assert [error["code"] for error in refused["initiativeVerdictOverride"]["userErrors"]] == ["FORBIDDEN"]
    assert (await ask("{ initiatives { nodes { verdict } } }"))["initiatives"]["nodes"] == [
        {"verdict": "NO_CHANGE"}
    ]


async def test_a_note_leaves_the_numbers_alone(
    ask: Answering, database: Database, actor: Actor, case: Case
) -> None:
    evaluation = await judged(database, actor, await brought_to(ask, case, "OBSERVING"))

    payload = await done(ask, ANNOTATE, evaluationId=evaluation, annotation="Summer was quiet.")

    assert payload["evaluation"] == {
        "annotation": "Summer was quiet.",
        "annotatedBy": "someone",
        "verdict": "IMPROVED",
    }
    async with database.work(actor) as session:
        [row] = await session.find(ImpactEvaluation)
    assert (row.estimate, row.computed_at > datetime(2026, 1, 1, tzinfo=UTC)) == (0.41, True)


async def test_the_latest_report_gives_the_health(ask: Answering, case: Case) -> None:
    id_ = await proposed(ask, case)
    await done(ask, REPORT, initiativeId=id_, health="AT_RISK", note="The vendor is late.")

    payload = await done(
        ask,
        REPORT,
        initiativeId=id_,
        health="OFF_TRACK",
        note="No vendor.",
        reportedAt="2025-05-01T12:00:00Z",
    )

    assert payload["update"] == {
        "health": "OFF_TRACK",
        "note": "No vendor.",
        "author": "someone",
        "reportedAt": "2025-05-01T12:00:00+00:00",
    }
    assert payload["initiative"] == {"health": "AT_RISK", "updates": {"totalCount": 2}}


async def test_links_are_added_once_and_removed(ask: Answering, case: Case) -> None:
    id_ = await proposed(ask, case)
    both = {"initiativeId": id_, "insightIds": [case.insight] * 2, "touchpointIds": [case.touchpoint]}

    linked = await done(ask, LINK, **both)
    unlinked = await done(ask, UNLINK, **both)

    assert linked["initiative"] == {"insights": {"totalCount": 1}, "touchpoints": {"totalCount": 1}}
    assert unlinked["initiative"] == {"insights": {"totalCount": 0}, "touchpoints": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ({"status": ["PROPOSED"]}, ["Signs"]),
        ({"owner": "Operations"}, ["More lanes", "Signs"]),
        ({"health": ["AT_RISK", "OFF_TRACK"]}, []),
        ({"not": {"status": ["PROPOSED"]}}, ["More lanes"]),
    ],
    ids=["status", "owner", "health", "not"],
)
async def test_initiatives_are_found_by_what_they_are_and_sorted_by_shipping(
    ask: Answering, case: Case, filter_: dict[str, object], names: list[str]
) -> None:
    await brought_to(ask, case, "SHIPPED")
    await proposed(ask, case, name="Signs")

    found = await ask(
        """query($f: InitiativeFilter) { initiatives(filter: $f, orderBy: {field: SHIPPED_AT}) {
             nodes { name } edges { cursor } } }""",
        f=filter_,
    )

    assert [one["name"] for one in found["initiatives"]["nodes"]] == names


async def test_a_touchpoint_shows_what_changes_it(ask: Answering, case: Case) -> None:
    await proposed(ask, case, touchpointIds=[case.touchpoint])

    found = await ask(
        "query($id: ID!) { node(id: $id) { ... on Touchpoint { initiatives { nodes { name } } } } }",
        id=case.touchpoint,
    )

    assert found["node"] == {"initiatives": {"nodes": [{"name": "More lanes"}]}}
