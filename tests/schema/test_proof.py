"""Can clients look ahead, lock a plan, have the effect computed, and draw all it rests on?"""

from datetime import date
from typing import Any

import pytest

from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.test_initiatives import MOVE, PROPOSE, done
from tests.service.contacts import AFTER, BEFORE, CHANGE, END, halved, lay, midnight, reason, steady, weekly
from tests.service.contacts import BEGINNING as FIRST

DRAFT = """mutation($input: MeasurementPlanDraftInput!) { measurementPlanDraft(input: $input) {
  userErrors { code message field }
  plan { timeZone thresholdScale population exposure detectableEffect detectableWindows baselinePeriods
    treated { contactReason { key } touchpoint { key } } compared { contactReason { key } }
    secondaryMetrics { metricId direction practicalThreshold thresholdScale }
    guards { reason passed } } } }"""
PREVIEW = """mutation($input: MeasurementPlanDraftInput!) { measurementPlanPreview(input: $input) {
  userErrors { code message field }
  outlook { detectableEffect detectableWindows baselinePeriods baselineSample guards { reason passed }
    overlapping { id } } } }"""
LOCK = """mutation($input: MeasurementPlanLockInput!) { measurementPlanLock(input: $input) {
  userErrors { code message field }
  plan { lockedBy cohortSize cohort { totalCount nodes { displayName } } foreseenAt } } }"""
COMPUTE = """mutation($input: EvaluationComputeInput!) { evaluationCompute(input: $input) {
  userErrors { code message field } outcome
  evaluation { edition verdict reasonCode estimate ciLow ciHigh evidenceGrade method effectScale threshold
    pValue dispersion autocorrelation placebosTried placebosAsStrong comparisonEstimate
    periodsBefore periodsAfter countedFrom baselineUntil resumedAt countedUntil inputsDigest
    points { startsOn phase value weight expected comparisonValue comparisonWeight }
    secondaryMetrics { metricId verdict reasonCode effectScale survives sampleSize }
    guards { reason passed } overlapping { name }
    initiative { status verdict insights { totalCount } } } } }"""
PASSED = [
    {"reason": name, "passed": True}
    for name in ("TOO_FEW_PERIODS", "TOO_FEW_EVENTS", "DATA_GAP", "CONFOUNDED")
]


@pytest.fixture
async def queues(database: Database, actor: Actor) -> tuple[str, str]:
    """The public ids of a contact reason that was halved, and of one that was not."""
    async with database.work(actor) as session:
        treated, other = reason(session, "queues"), reason(session, "parking")
        lay(session, treated, weekly(halved(steady(40, 1))))
        lay(session, other, weekly(steady(60, 2)))
    return f"rsn_{treated}", f"rsn_{other}"


def plan(initiative: str, queues: tuple[str, str], **more: object) -> dict[str, object]:
    return {
        "initiativeId": initiative,
        "metricId": "CONTACT_RATE",
        "direction": "DECREASE",
        "practicalThreshold": 0.1,
        "baselineStart": midnight(FIRST).isoformat(),
        "baselineEnd": midnight(CHANGE).isoformat(),
        "startsAt": midnight(CHANGE).isoformat(),
        "evaluationEnd": midnight(END).isoformat(),
        "comparisonKind": "COMPARISON_GROUP",
        "comparison": "Those who park",
        "treated": {"contactReasonIds": [queues[0]]},
        "compared": {"contactReasonIds": [queues[1]]},
        "secondaryMetrics": [
            {"metricId": "FULL_RESOLUTION", "direction": "DECREASE", "practicalThreshold": 0.1}
        ],
        **more,
    }


async def proposed(ask: Answering) -> str:
    values = {"name": "More lanes", "owner": "Operations", "sponsor": "someone", "goal": "No queues."}
    id_: str = (await done(ask, PROPOSE, **values))["initiative"]["id"]
    return id_


async def shipped(ask: Answering, id_: str, day: date = CHANGE) -> None:
    for to in ("APPROVED", "PLANNED", "ACTIVE", "SHIPPED"):
        more = {"shippedAt": midnight(day).isoformat(), "scope": "All"} if to == "SHIPPED" else {}
        await done(ask, MOVE, initiativeId=id_, to=to, **more)


async def refusal(ask: Answering, source: str, **given: object) -> tuple[str, list[str]]:
    [payload] = (await ask(source, input=given)).values()
    [error] = payload["userErrors"]
    return error["code"], error["field"]


async def test_a_plan_tells_what_it_treats_asks_and_could_find(
    ask: Answering, queues: tuple[str, str]
) -> None:
    id_ = await proposed(ask)

    outlook = (await done(ask, PREVIEW, **plan(id_, queues)))["outlook"]
    drafted = (await done(ask, DRAFT, **plan(id_, queues)))["plan"]
    locked = (await done(ask, LOCK, initiativeId=id_))["plan"]

    least = outlook["detectableEffect"]
    assert (0.1 < least < 0.4, outlook["guards"], outlook["overlapping"]) == (True, PASSED, [])
    assert outlook["baselineSample"] == sum(steady(40, 1)[:BEFORE])
    assert drafted == {
        "timeZone": "UTC",
        "thresholdScale": "RELATIVE",
        "population": "EVERYBODY",
        "exposure": "TIME",
        "detectableEffect": least,
        "detectableWindows": 0,
        "baselinePeriods": BEFORE,
        "treated": [{"contactReason": {"key": "queues"}, "touchpoint": None}],
        "compared": [{"contactReason": {"key": "parking"}}],
        "secondaryMetrics": [
            {
                "metricId": "FULL_RESOLUTION",
                "direction": "DECREASE",
                "practicalThreshold": 0.1,
                "thresholdScale": "RELATIVE",
            }
        ],
        "guards": PASSED,
    }
    assert (locked["cohortSize"], locked["cohort"]) == (0, {"totalCount": 0, "nodes": []})


async def test_an_effect_is_computed_once_and_shows_all_it_rests_on(
    ask: Answering, queues: tuple[str, str]
) -> None:
    id_ = await proposed(ask)
    await done(ask, DRAFT, **plan(id_, queues))
    await done(ask, LOCK, initiativeId=id_)
    await shipped(ask, id_)

    first = await done(ask, COMPUTE, initiativeId=id_)
    second = await done(ask, COMPUTE, initiativeId=id_)

    assert (first["outcome"], second["outcome"]) == ("CREATED", "UNCHANGED")
    found: dict[str, Any] = first["evaluation"]
    assert second["evaluation"] == found
    assert (found["edition"], found["verdict"], found["evidenceGrade"]) == (1, "IMPROVED", "B")
    assert found["ciLow"] < -0.5 < found["ciHigh"] < 0
    assert (found["method"], found["effectScale"], found["threshold"]) == (
        "INTERRUPTED_SERIES",
        "RELATIVE",
        0.1,
    )
    assert (found["countedFrom"], found["countedUntil"]) == (FIRST.isoformat(), END.isoformat())
    assert [point["value"] for point in found["points"]] == halved(steady(40, 1))
    assert [point["comparisonValue"] for point in found["points"]] == steady(60, 2)
    assert [point["phase"] for point in found["points"]] == ["BEFORE"] * BEFORE + ["AFTER"] * AFTER
    assert found["points"][0]["startsOn"] == FIRST.isoformat()
    assert found["secondaryMetrics"] == [
        {
            "metricId": "FULL_RESOLUTION",
            "verdict": "INCONCLUSIVE",
            "reasonCode": "TOO_FEW_EVENTS",
            "effectScale": "RELATIVE",
            "survives": False,
            "sampleSize": 0,
        }
    ]
    assert (found["guards"], found["overlapping"]) == (PASSED, [])
    assert (found["initiative"]["status"], found["initiative"]["verdict"]) == ("IMPROVED", "IMPROVED")


async def test_what_cannot_be_computed_yet_is_refused(ask: Answering, queues: tuple[str, str]) -> None:
    id_ = await proposed(ask)
    await done(ask, DRAFT, **plan(id_, queues))
    await done(ask, LOCK, initiativeId=id_)

    assert await refusal(ask, COMPUTE, initiativeId=id_) == ("INVALID", ["initiativeId"])
    assert await refusal(ask, DRAFT, **plan(id_, queues)) == ("INVALID", ["initiativeId"])
    assert (await ask("{ initiatives { nodes { evaluations { totalCount } } } }"))["initiatives"] == {
        "nodes": [{"evaluations": {"totalCount": 0}}]
    }


async def test_a_plan_that_names_what_does_not_exist_is_refused(
    ask: Answering, queues: tuple[str, str]
) -> None:
    id_ = await proposed(ask)
    wrong = {"treated": {"contactReasonIds": ["tch_01890a5d-ac96-774b-bcce-b302099a8057"]}}
    unknown = {"treated": {"contactReasonIds": ["rsn_01890a5d-ac96-774b-bcce-b302099a8057"]}}

    assert await refusal(ask, DRAFT, **plan(id_, queues, **wrong)) == (
        "INVALID",
        ["treated", "contactReasonIds", "0"],
    )
    assert await refusal(ask, DRAFT, **plan(id_, queues, **unknown)) == ("NOT_FOUND", ["contactReasonId"])
    assert await refusal(ask, PREVIEW, **plan(id_, queues, timeZone="Mars")) == ("INVALID", ["timeZone"])
    assert (await ask("{ initiatives { nodes { plan { id } } } }"))["initiatives"]["nodes"] == [
        {"plan": None}
    ]
