"""Can the whole story be told over HTTP: from what callers say to a loop that closes, and no earlier?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.analyses import analyse
from infra.database import Database
from service.ground.actor import Actor
from tests.http.desk import CHANGE, SURGE, TWICE, WEEKS, Desk, caller, furnish, text, week

WORDS = "I was asked for the same details twice."
LEARNED = "Ask once, with a form for each category."
LOCKED = "The measurement plan is locked and never changes again."
UNTOLD = "Every follow-up of the loop is settled"
OPEN_LOOP = [("BLOCKED", "has shipped"), ("BLOCKED", "is final"), ("BLOCKED", UNTOLD)]


@pytest.fixture
async def desk(service_url: str, actor: Actor) -> AsyncIterator[Desk]:
    """A service desk of this test alone."""
    headers = {"x-cx-tenant": actor.tenant_key}
    async with httpx.AsyncClient(base_url=service_url, headers=headers, timeout=60) as client:
        yield Desk(client)


async def test_a_loop_closes_when_the_change_is_proved_and_everybody_was_told(
    desk: Desk, database: Database, actor: Actor
) -> None:
    await furnish(desk)
    await callers_are_heard(desk, database, actor)
    await the_rise_becomes_an_insight(desk)
    await an_initiative_is_planned(desk)
    await the_plan_is_locked_before_the_work(desk)
    await the_change_ships(desk)
    await the_effect_is_computed(desk)
    await nothing_closes_while_somebody_is_untold(desk)
    await everybody_is_told_who_wants_to_be(desk)
    await the_loop_closes(desk)


async def callers_are_heard(desk: Desk, database: Database, actor: Actor) -> None:
    """A caller says it in words, and the nightly look finds that more than usual call about it."""
    said = await desk.do(
        "feedbackSubmit",
        "feedback{id recoveries{nodes{trigger dueAt overdue}}}",
        customer=caller(0),
        surveyKey="resolution",
        score=1,
        verbatim=WORDS,
        contactReasonKeys=[TWICE],
        submittedAt=text(week(SURGE) + timedelta(days=3)),
    )
    desk.told["feedback"] = said["feedback"]["id"]
    [recovery] = said["feedback"]["recoveries"]["nodes"]
    assert (recovery["trigger"], recovery["overdue"]) == ("CSAT_LOW", False)
    await analyse(database, ["detect"], week(CHANGE).date(), tenant_key=actor.tenant_key)

    found = await desk.ask("{suggestions{nodes{id status title contactReason{key} statistics{observed}}}}")

    [suggestion] = found["suggestions"]["nodes"]
    assert (suggestion["status"], suggestion["contactReason"]["key"]) == ("OPEN", TWICE)
    assert suggestion["statistics"]["observed"] == 90
    desk.told["suggestion"] = suggestion["id"]


async def the_rise_becomes_an_insight(desk: Desk) -> None:
    """A person accepts the suggestion; without evidence, cause and factors it does not ripen."""
    empty = await desk.do("insightDraft", "insight{id}", title="Printers are slow")
    lacking = [("BLOCKED", "At least")]
    await desk.is_refused("insightTransition", lacking, insightId=empty["insight"]["id"], to="EVIDENCED")
    taken = await desk.do(
        "suggestionAccept",
        "suggestion{status} insight{id status}",
        suggestionId=desk.told["suggestion"],
        insight={"title": "Callers are asked twice", "owner": "lead"},
    )
    insight_id = desk.told["insight"] = taken["insight"]["id"]
    again = [("INVALID_TRANSITION", "ACCEPTED")]
    await desk.is_refused("suggestionAccept", again, suggestionId=desk.told["suggestion"])
    signal = {"feedbackId": desk.told["feedback"], "importance": 3}
    await desk.do("evidenceLink", "evidence{id}", insightId=insight_id, signals=[signal])
    await desk.do("insightTransition", "insight{status}", insightId=insight_id, to="EVIDENCED")
    no_cause = [("BLOCKED", "root cause is written down"), ("BLOCKED", "how the root cause was found")]
    await desk.is_refused("insightTransition", no_cause, insightId=insight_id, to="VALIDATED")
    cause = {"rootCause": "The first report lacks what is needed.", "rootCauseMethod": "FIVE_WHYS"}
    await desk.do("insightUpdate", "insight{id}", insightId=insight_id, **cause)
    await desk.do("insightTransition", "insight{status}", insightId=insight_id, to="VALIDATED")
    factors: dict[str, Any] = {"affectedCustomers": 6.0, "gap": 43.7, "trend": 3.0}
    await desk.do("insightPrioritise", "insight{status}", insightId=insight_id, **factors)


async def an_initiative_is_planned(desk: Desk) -> None:
    """Somebody else than its owner sponsors it; what has no locked plan is not planned."""
    proposed = await desk.do(
        "initiativePropose",
        "initiative{id}",
        "lead",
        name="Ask once",
        owner="lead",
        sponsor="lead",
        insightIds=[desk.told["insight"]],
    )
    id_ = desk.told["initiative"] = proposed["initiative"]["id"]
    own = [("BLOCKED", "someone else than its owner")]
    await desk.is_refused("initiativeTransition", own, "lead", initiativeId=id_, to="APPROVED")
    await desk.do("initiativeUpdate", "initiative{id}", "lead", initiativeId=id_, sponsor="sponsor")
    await desk.do("initiativeTransition", "initiative{id}", "sponsor", initiativeId=id_, to="APPROVED")
    unlocked = [("BLOCKED", "measurement plan is locked")]
    await desk.is_refused("initiativeTransition", unlocked, initiativeId=id_, to="PLANNED")
    unplanned = [("INVALID", "draft one first")]
    await desk.is_refused("measurementPlanLock", unplanned, initiativeId=id_)


def plan(initiative_id: str) -> dict[str, Any]:
    """Fewer such contacts, by a fifth at least, beside all other reasons."""
    return {
        "initiativeId": initiative_id,
        "metricId": "CONTACT_RATE",
        "direction": "DECREASE",
        "practicalThreshold": 0.2,
        "baselineStart": text(week(0)),
        "baselineEnd": text(week(SURGE)),
        "startsAt": text(week(CHANGE)),
        "evaluationEnd": text(week(WEEKS)),
        "comparisonKind": "COMPARISON_GROUP",
        "comparison": "All other reasons",
    }


async def the_plan_is_locked_before_the_work(desk: Desk) -> None:
    """What could be seen at all is known beforehand; once it is locked, nothing of it changes."""
    id_ = desk.told["initiative"]
    seen = await desk.do("measurementPlanPreview", "outlook{detectableEffect baselinePeriods}", **plan(id_))
    assert seen["outlook"]["baselinePeriods"] == SURGE
    assert 0 < seen["outlook"]["detectableEffect"] < 0.5
    treated = {"contactReasonIds": [(await desk.ask(REASON, key=TWICE))["contactReason"]["id"]]}
    await desk.do("measurementPlanDraft", "plan{id}", **plan(id_), treated=treated)
    locked = await desk.do("measurementPlanLock", "plan{cohortSize}", initiativeId=id_)
    assert locked["plan"]["cohortSize"] == 6
    await desk.is_refused("measurementPlanDraft", [("INVALID", LOCKED)], **plan(id_))
    await desk.is_refused("measurementPlanLock", [("INVALID", LOCKED)], initiativeId=id_)
    for state in ("PLANNED", "ACTIVE"):
        await desk.do("initiativeTransition", "initiative{id}", "lead", initiativeId=id_, to=state)
    late = [("INVALID", "before the initiative is planned")]
    await desk.is_refused("measurementPlanDraft", late, **plan(id_))
    found = await desk.ask(STANDING)
    [insight] = [one for one in found["insights"]["nodes"] if one["id"] == desk.told["insight"]]
    [loop] = found["feedbackLoops"]["nodes"]
    assert (insight["status"], loop["status"]) == ("ADDRESSING", "OPEN")
    assert [one["status"] for one in found["followUps"]["nodes"]] == ["OWED"] * 6
    desk.told["loop"] = loop["id"]


REASON = "query($key:String!){contactReason(key:$key){id}}"
STANDING = """{insights{nodes{id status}} feedbackLoops{nodes{id status}}
followUps(orderBy:{field:OWED_AT,direction:ASC}){nodes{id status draft blockedBecause overdue
customer{externalIds{value}}}}}"""


async def the_change_ships(desk: Desk) -> None:
    """Nothing is told, judged or closed before the change is there."""
    id_, loop_id = desk.told["initiative"], desk.told["loop"]
    owed = (await desk.ask(STANDING))["followUps"]["nodes"]
    early = [("INVALID_TRANSITION", "OWED")]
    await desk.is_refused("followUpSend", early, followUpId=owed[0]["id"], channel="EMAIL")
    await desk.is_refused("feedbackLoopClose", OPEN_LOOP, feedbackLoopId=loop_id)
    await desk.is_refused("evaluationCompute", [("INVALID", "not shipped")], initiativeId=id_)
    by_hand = [("INVALID_TRANSITION", "IMPROVED")]
    await desk.is_refused("initiativeTransition", by_hand, initiativeId=id_, to="IMPROVED")
    shipping = {"initiativeId": id_, "to": "SHIPPED", "shippedAt": text(week(CHANGE))}
    await desk.is_refused("initiativeTransition", [("REQUIRED", "required")], "lead", **shipping)
    await desk.do("initiativeTransition", "initiative{id}", "lead", **shipping, scope="Every caller")
    await desk.do("initiativeTransition", "initiative{id}", "lead", initiativeId=id_, to="OBSERVING")
    ready = (await desk.ask(STANDING))["followUps"]["nodes"]
    assert {(one["status"], one["overdue"]) for one in ready} == {("READY", False)}
    assert (await level(desk)) == "CAUSE_ADDRESSED"


async def level(desk: Desk) -> str:
    found = await desk.ask("query($id:ID!){feedbackItem(id:$id){loopLevel}}", id=desk.told["feedback"])
    here: str = found["feedbackItem"]["loopLevel"]
    return here


async def the_effect_is_computed(desk: Desk) -> None:
    """The system says what came of it; only then is the insight resolved, and not while anybody waits."""
    early = [("BLOCKED", "says that things have improved")]
    await desk.is_refused("insightTransition", early, insightId=desk.told["insight"], to="RESOLVED")
    done = await desk.do(
        "evaluationCompute",
        "outcome evaluation{verdict evidenceGrade isFinal estimate ciLow ciHigh initiative{status}}",
        initiativeId=desk.told["initiative"],
    )
    found = done["evaluation"]
    assert (done["outcome"], found["verdict"], found["evidenceGrade"]) == ("CREATED", "IMPROVED", "B")
    assert found["isFinal"]
    assert found["ciLow"] <= found["estimate"] <= found["ciHigh"] < -0.2
    assert found["initiative"]["status"] == "IMPROVED"


async def nothing_closes_while_somebody_is_untold(desk: Desk) -> None:
    """Neither the initiative nor the loop; nor can anybody but the sponsor close it with a reason."""
    id_, loop_id = desk.told["initiative"], desk.told["loop"]
    unlearned = [("BLOCKED", "learned is written down"), ("BLOCKED", "was told")]
    await desk.is_refused("initiativeTransition", unlearned, "lead", initiativeId=id_, to="CLOSED")
    learned = {"initiativeId": id_, "to": "CLOSED", "learningNote": LEARNED}
    await desk.is_refused("initiativeTransition", [("BLOCKED", "was told")], "lead", **learned)
    await desk.is_refused("feedbackLoopClose", [("BLOCKED", UNTOLD)], feedbackLoopId=loop_id)
    closing = {"feedbackLoopId": loop_id, "reason": "It is good enough."}
    await desk.is_refused("feedbackLoopClose", [("FORBIDDEN", "the sponsor")], "lead", **closing)
    stale = [("STALE_VERSION", "expected version 7")]
    await desk.is_refused("feedbackLoopClose", stale, feedbackLoopId=loop_id, expectedVersion=7)


async def everybody_is_told_who_wants_to_be(desk: Desk) -> None:
    """Who objects is left alone, who was written to lately is told otherwise; the others reply, or do not."""
    owed = {
        one["customer"]["externalIds"][0]["value"]: one
        for one in (await desk.ask(STANDING))["followUps"]["nodes"]
    }
    words, other, objects, tired, silent, told = (owed[f"caller-{n}"] for n in range(6))
    assert words["draft"].startswith(f"You told us: “{WORDS}”")
    assert words["draft"].endswith("changed something: Ask once. Is it better for you now?")
    await it_is_better(desk, words["id"])
    await it_is_not_better(desk, other["id"])
    word: dict[str, Any] = {"customer": caller(2), "purpose": "FEEDBACK", "status": "REVOKED"}
    await desk.do("consentRecord", "customer{id}", **word)
    gone = [("INVALID_TRANSITION", "SUPPRESSED")]
    await desk.is_refused("followUpSend", gone, followUpId=objects["id"], channel="EMAIL")
    await desk.do("surveyInvite", "invitation{id}", surveyKey="resolution", customer=caller(3), channel="SMS")
    lately = [("BLOCKED", "The last message to the customer")]
    await desk.is_refused("followUpSend", lately, followUpId=tired["id"], channel="EMAIL")
    await desk.is_refused("followUpWaive", [("REQUIRED", "required")], followUpId=tired["id"], reason=" ")
    why = "Told by telephone, in another matter."
    await desk.do("followUpWaive", "followUp{status}", followUpId=tired["id"], reason=why)
    for one, reply in ((silent, "NO_REPLY"), (told, "CONFIRMED")):
        await desk.do("followUpSend", "followUp{status}", followUpId=one["id"], channel="EMAIL")
        await desk.do("followUpAnswer", "followUp{status}", followUpId=one["id"], reply=reply)


async def it_is_better(desk: Desk, follow_up_id: str) -> None:
    """One replies by the link that came with the message, without signing in."""
    await desk.do("followUpSend", "followUp{status}", followUpId=follow_up_id, channel="EMAIL")
    assert (await level(desk)) == "VERIFIED"
    link = await desk.do("followUpAsk", "token", followUpId=follow_up_id)
    async with httpx.AsyncClient(base_url=desk.client.base_url) as customer:
        said = await customer.post(f"/reply/{link['token']}", json={"answer": "POSITIVE"})
    assert said.json() == {"answer": "POSITIVE", "outcome": "CREATED"}


async def it_is_not_better(desk: Desk, follow_up_id: str) -> None:
    """One disputes it, and is won back by somebody."""
    await desk.do("followUpSend", "followUp{status}", followUpId=follow_up_id, channel="EMAIL")
    reply = {"followUpId": follow_up_id, "reply": "DISPUTED", "words": "I was asked three times."}
    done = await desk.do("followUpAnswer", "followUp{status recovery{trigger status}}", **reply)
    assert done["followUp"] == {
        "status": "DISPUTED",
        "recovery": {"trigger": "FOLLOW_UP_DISPUTED", "status": "OPEN"},
    }


async def the_loop_closes(desk: Desk) -> None:
    """Everything that was missing is there."""
    id_, insight_id = desk.told["initiative"], desk.told["insight"]
    await desk.do("insightTransition", "insight{status}", insightId=insight_id, to="RESOLVED")
    learned = {"initiativeId": id_, "to": "CLOSED", "learningNote": LEARNED}
    await desk.do("initiativeTransition", "initiative{status}", "lead", **learned)
    closed = await desk.do(
        "feedbackLoopClose",
        "feedbackLoop{status closedBy closeReason closedDespite history{target} followUps{nodes{status}}}",
        "lead",
        feedbackLoopId=desk.told["loop"],
    )
    loop = closed["feedbackLoop"]
    assert (loop["status"], loop["closedBy"], loop["closeReason"], loop["closedDespite"]) == (
        "CLOSED",
        "lead",
        None,
        [],
    )
    assert sorted(one["status"] for one in loop["followUps"]["nodes"]) == [
        "CONFIRMED",
        "CONFIRMED",
        "DISPUTED",
        "NO_REPLY",
        "SUPPRESSED",
        "WAIVED",
    ]
    again = [("INVALID_TRANSITION", "CLOSED")]
    await desk.is_refused("feedbackLoopClose", again, "sponsor", feedbackLoopId=desk.told["loop"])
    assert (await level(desk)) == "VERIFIED"
