"""Can the whole story be told through the graph alone, and walked in one query from either end?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.ground import Answering

WORDS = "I stood in the wrong line for an hour."
PROMISE = "From the door to the gate without worry"
MUTATION = (
    "mutation($input:%(kind)s!){done:%(field)s(input:$input){%(selection)s userErrors{code message field}}}"
)


class Storyteller:
    """Tells the story step by step; each is one mutation that must succeed."""

    def __init__(self, ask: Answering) -> None:
        """Tell it to a graph."""
        self.ask = ask

    async def tell(self, field: str, selection: str, **values: object) -> Mapping[str, Any]:
        """Play one mutation and return what it did."""
        done = await self.hear(field, selection, **values)
        assert done["userErrors"] == [], done["userErrors"]
        return done

    async def hear(self, field: str, selection: str, **values: object) -> Mapping[str, Any]:
        """Play one mutation and return its whole payload, refusals included."""
        kind = f"{field[0].upper()}{field[1:]}Input"
        source = MUTATION % {"field": field, "kind": kind, "selection": selection}
        done: Mapping[str, Any] = (await self.ask(source, input=values))["done"]
        return done

    async def refusals(self, field: str, selection: str, **values: object) -> Sequence[tuple[str, str]]:
        """Play one mutation that must be refused and return each reason with its code."""
        done = await self.hear(field, selection, **values)
        return [(error["code"], error["message"]) for error in done["userErrors"]]


@pytest.fixture
def teller(ask: Answering) -> Storyteller:
    return Storyteller(ask)


async def design(teller: Storyteller) -> None:
    """Design a journey with one stage and the checkpoint in it, and ask people to recommend us."""
    stage = {"key": "security", "name": "Security", "kind": "USE"}
    await teller.tell(
        "journeySave", "journey{id}", key="departure", name="Departure", brandPromise=PROMISE, stages=[stage]
    )
    await teller.tell(
        "touchpointUpsert",
        "touchpoint{id}",
        key="checkpoint",
        name="Checkpoint",
        channel="IN_STORE",
        medium="HUMAN",
    )
    places = [{"stageKey": "security", "touchpointKeys": ["checkpoint"]}]
    await teller.tell("touchpointPlace", "journey{id}", journeyKey="departure", stages=places)
    await teller.tell(
        "surveyUpsert", "survey{id}", key="nps", name="Departure", kind="NPS", purpose="TRANSACTIONAL"
    )
    await teller.tell(
        "contactReasonUpsert", "contactReason{id}", key="waiting", name="Waiting", kind="COMPLAINT"
    )


async def complain(teller: Storyteller) -> tuple[str, str, str]:
    """Let a customer get in touch, be answered, and not recommend us: customer, matter, feedback."""
    done = await teller.tell("customerUpsert", "customer{id}", match={"email": "ada@example.org"})
    customer_id = done["customer"]["id"]
    matter = await teller.tell(
        "interactionLog",
        "interaction{id}",
        channel="EMAIL",
        customer={"id": customer_id},
        subject="An hour in line",
        message="Nobody told me which line was mine.",
        touchpointKey="checkpoint",
        contactReason={"key": "waiting"},
    )
    matter_id = matter["interaction"]["id"]
    await teller.tell("interactionMessageAdd", "event{id}", interactionId=matter_id, body="We are sorry.")
    await teller.tell("interactionTransition", "interaction{status}", interactionId=matter_id, to="RESOLVED")
    said = await teller.tell(
        "feedbackSubmit",
        "feedback{id npsCategory}",
        customer={"id": customer_id},
        surveyKey="nps",
        score=2,
        verbatim=WORDS,
        interactionId=matter_id,
        touchpointKey="checkpoint",
    )
    assert said["feedback"]["npsCategory"] == "DETRACTOR"
    return customer_id, matter_id, said["feedback"]["id"]


async def understand(teller: Storyteller, matter_id: str, feedback_id: str) -> str:
    """Raise what was said, take it into an insight, and link the matter as further evidence."""
    raised = await teller.tell(
        "elevationPropose",
        "elevation{id}",
        title="Nobody finds the right line",
        impact="COMPLAINT",
        frequency="Every day",
        suggestedFix="Say which line is which.",
        signals=[{"feedbackId": feedback_id}],
    )
    taken = await teller.tell(
        "elevationAccept",
        "insight{id} elevation{status}",
        elevationId=raised["elevation"]["id"],
        insight={"title": "Lines are not told apart", "touchpointKey": "checkpoint"},
    )
    insight_id: str = taken["insight"]["id"]
    signal = {"interactionId": matter_id, "quote": "Nobody told me which line was mine.", "importance": 2}
    await teller.tell("evidenceLink", "evidence{id}", insightId=insight_id, signals=[signal])
    return insight_id


async def act(teller: Storyteller, insight_id: str) -> str:
    """Fund an initiative for the insight, lock its measurement plan, and begin."""
    done = await teller.tell(
        "initiativePropose",
        "initiative{id}",
        name="Signs for every line",
        owner="Head of terminal",
        sponsor="someone",
        insightIds=[insight_id],
    )
    initiative_id: str = done["initiative"]["id"]
    await teller.tell(
        "measurementPlanDraft",
        "plan{id}",
        initiativeId=initiative_id,
        metricId="NPS",
        direction="INCREASE",
        practicalThreshold=5.0,
        baselineStart="2026-01-01T00:00:00Z",
        baselineEnd="2026-03-01T00:00:00Z",
        startsAt="2026-03-01T00:00:00Z",
        evaluationEnd="2026-06-01T00:00:00Z",
    )
    await teller.tell("measurementPlanLock", "plan{cohortSize}", initiativeId=initiative_id)
    for state in ("APPROVED", "PLANNED", "ACTIVE"):
        await teller.tell("initiativeTransition", "initiative{id}", initiativeId=initiative_id, to=state)
    return initiative_id


class Told:
    """The ids of a story that has been told up to the work on its initiative."""

    def __init__(self, *ids: str) -> None:
        """Remember them in the order of the story."""
        self.customer, self.matter, self.feedback, self.insight, self.initiative, self.loop = ids


@pytest.fixture
async def told(ask: Answering, teller: Storyteller) -> Told:
    await design(teller)
    customer_id, matter_id, feedback_id = await complain(teller)
    insight_id = await understand(teller, matter_id, feedback_id)
    initiative_id = await act(teller, insight_id)
    found = await ask("{feedbackLoops{nodes{id}}}")
    [loop] = found["feedbackLoops"]["nodes"]
    return Told(customer_id, matter_id, feedback_id, insight_id, initiative_id, loop["id"])


NOT_SHIPPED = "The initiative has shipped."
NOT_EVALUATED = "The evaluation of the initiative's effect is final."
NOT_TOLD = "Every follow-up of the loop is settled: confirmed, disputed, without reply, suppressed or waived."


async def test_a_loop_that_is_not_done_is_refused_with_everything_it_lacks(
    ask: Answering, teller: Storyteller, told: Told
) -> None:
    refused = await teller.refusals("feedbackLoopClose", "feedbackLoop{id}", feedbackLoopId=told.loop)
    found = await ask(
        """query($id:ID!){feedbackLoop(id:$id){
        status closedAt allowedTransitions{to requires blockedBecause}}}""",
        id=told.loop,
    )

    assert refused == [("BLOCKED", NOT_SHIPPED), ("BLOCKED", NOT_EVALUATED), ("BLOCKED", NOT_TOLD)]
    everything = [NOT_SHIPPED, NOT_EVALUATED, NOT_TOLD]
    next_step = {"to": "CLOSED", "requires": everything, "blockedBecause": everything}
    assert found["feedbackLoop"] == {"status": "OPEN", "closedAt": None, "allowedTransitions": [next_step]}


async def test_a_detractor_opens_a_recovery_by_itself(ask: Answering, told: Told) -> None:
    found = await ask(
        """query($id:ID!){feedbackItem(id:$id){recoveries{nodes{
        origin trigger status severity customer{id} interaction{id} allowedTransitions{to}}}}}""",
        id=told.feedback,
    )

    [recovery] = found["feedbackItem"]["recoveries"]["nodes"]
    assert recovery["customer"]["id"] == told.customer
    assert recovery["interaction"]["id"] == told.matter
    assert (recovery["origin"], recovery["trigger"], recovery["severity"]) == ("RULE", "DETRACTOR", 3)
    assert [step["to"] for step in recovery["allowedTransitions"]] == [
        "ACKNOWLEDGED",
        "DUPLICATE",
        "DISMISSED",
    ]


WALK_DOWN = """
query($key:String!){ journey(key:$key){ brandPromise stages{ name touchpoints{ name feedback(first:5){ nodes{
  verbatim npsCategory loopLevel
  interaction{ subject status messages(first:5){ nodes{ body } } }
  insights(first:5){ nodes{ title initiatives(first:2){ nodes{ name status } } loops(first:2){ nodes{
    name status
    followUps(first:5){ totalCount nodes{ status customer{ id } draft } } } } } }
}}}}}}
"""


async def test_one_query_walks_from_the_promise_to_the_loop(ask: Answering, told: Told) -> None:
    found = await ask(WALK_DOWN, key="departure")

    [stage] = found["journey"]["stages"]
    [touchpoint] = stage["touchpoints"]
    [feedback] = touchpoint["feedback"]["nodes"]
    [insight] = feedback["insights"]["nodes"]
    [loop] = insight["loops"]["nodes"]
    assert found["journey"]["brandPromise"] == PROMISE
    assert (stage["name"], touchpoint["name"]) == ("Security", "Checkpoint")
    assert (feedback["verbatim"], feedback["loopLevel"]) == (WORDS, "HEARD")
    assert feedback["interaction"]["subject"] == "An hour in line"
    assert len(feedback["interaction"]["messages"]["nodes"]) == 2
    assert insight["title"] == "Lines are not told apart"
    assert insight["initiatives"]["nodes"] == [{"name": "Signs for every line", "status": "ACTIVE"}]
    assert (loop["name"], loop["status"]) == ("Lines are not told apart", "OPEN")
    [owed] = loop["followUps"]["nodes"]
    assert (owed["status"], owed["customer"]["id"]) == ("OWED", told.customer)
    assert owed["draft"] == (
        "You told us: “Nobody told me which line was mine.”\n\n"
        "Because of it we are working on this: Signs for every line."
    )


WALK_BACK = """
query($ref:CustomerRef!){ customer(ref:$ref){
  feedback{ nodes{ verbatim evidence(first:5){ nodes{ quote loopLevel insight{ title
    initiatives(first:5){ nodes{ name followUps(first:20){ nodes{ status customer{ id } } } } } } } } } }
  followUps{ nodes{ status initiative{ name insights{ nodes{ title } } } } }
  timeline{ nodes{ __typename } totalCount }
}}
"""


async def test_one_query_walks_back_from_the_words_to_the_initiative(ask: Answering, told: Told) -> None:
    found = await ask(WALK_BACK, ref={"email": "ada@example.org"})

    customer = found["customer"]
    [feedback] = customer["feedback"]["nodes"]
    [evidence] = feedback["evidence"]["nodes"]
    [initiative] = evidence["insight"]["initiatives"]["nodes"]
    assert (feedback["verbatim"], evidence["quote"]) == (WORDS, WORDS)
    assert initiative["name"] == "Signs for every line"
    assert initiative["followUps"]["nodes"] == [{"status": "OWED", "customer": {"id": told.customer}}]
    assert customer["followUps"]["nodes"][0]["initiative"]["insights"]["nodes"] == [
        {"title": "Lines are not told apart"}
    ]
    kinds = [entry["__typename"] for entry in customer["timeline"]["nodes"]]
    assert sorted(kinds) == ["Feedback", "FollowUp", "Interaction", "Recovery"]
    assert customer["timeline"]["totalCount"] == 4


async def level(ask: Answering, told: Told) -> tuple[str, str]:
    found = await ask(
        "query($a:ID!,$b:ID!){nodes(ids:[$a,$b]){... on Feedback{loopLevel} ... on Interaction{loopLevel}}}",
        a=told.feedback,
        b=told.matter,
    )
    return found["nodes"][0]["loopLevel"], found["nodes"][1]["loopLevel"]


async def test_a_recovery_ends_with_the_customers_own_answer(
    ask: Answering, teller: Storyteller, told: Told
) -> None:
    found = await ask("{recoveries(filter:{status:[OPEN]}){nodes{id}}}")
    recovery_id = found["recoveries"]["nodes"][0]["id"]
    assert await level(ask, told) == ("HEARD", "ACKNOWLEDGED")

    for state in ("ACKNOWLEDGED", "IN_PROGRESS"):
        await teller.tell("recoveryTransition", "recovery{status}", recoveryId=recovery_id, to=state)
    assert await level(ask, told) == ("ACKNOWLEDGED", "ACKNOWLEDGED")
    refused = await teller.refusals(
        "recoveryTransition", "recovery{status}", recoveryId=recovery_id, to="REMEDIED"
    )
    await teller.tell(
        "recoveryDiagnose",
        "recovery{rootCause}",
        recoveryId=recovery_id,
        contactReason={"key": "waiting"},
        rootCause="The lines are not told apart.",
    )
    await teller.tell(
        "recoveryActionAdd",
        "action{kind amountMinor currency}",
        recoveryId=recovery_id,
        kind="COMPENSATION",
        amountMinor=1500,
        currency="EUR",
    )
    await teller.tell("recoveryTransition", "recovery{status}", recoveryId=recovery_id, to="REMEDIED")
    done = await teller.tell(
        "recoveryVerify",
        "recovery{status closedAt actions{kind amountMinor} history{target}}",
        recoveryId=recovery_id,
        answer="POSITIVE",
        words="Thank you.",
    )

    assert [code for code, _ in refused] == ["BLOCKED"] * 3
    assert done["recovery"]["status"] == "RECOVERED"
    assert done["recovery"]["actions"] == [{"kind": "COMPENSATION", "amountMinor": 1500}]
    states = [step["target"] for step in done["recovery"]["history"]]
    assert states == ["OPEN", "ACKNOWLEDGED", "IN_PROGRESS", "REMEDIED", "RECOVERED"]
    assert await level(ask, told) == ("RECOVERED", "RECOVERED")


async def test_the_customer_is_told_and_the_sponsor_may_close_the_rest(
    ask: Answering, teller: Storyteller, told: Told
) -> None:
    await teller.tell(
        "initiativeTransition",
        "initiative{status}",
        initiativeId=told.initiative,
        to="SHIPPED",
        shippedAt="2026-03-01T00:00:00Z",
        scope="Every passenger",
    )
    assert await level(ask, told) == ("CAUSE_ADDRESSED", "CAUSE_ADDRESSED")
    found = await ask("{followUps(filter:{status:[READY]}){nodes{id news}}}")
    [owed] = found["followUps"]["nodes"]
    sent = await teller.tell(
        "followUpSend", "followUp{status message channel}", followUpId=owed["id"], channel="EMAIL"
    )
    assert await level(ask, told) == ("TOLD", "TOLD")
    await teller.tell("followUpAnswer", "followUp{status}", followUpId=owed["id"], reply="CONFIRMED")
    refused = await teller.refusals("feedbackLoopClose", "feedbackLoop{id}", feedbackLoopId=told.loop)
    closed = await teller.tell(
        "feedbackLoopClose",
        "feedbackLoop{status closedBy closeReason}",
        feedbackLoopId=told.loop,
        reason="The terminal is rebuilt; nothing more can be measured.",
    )

    assert owed["news"] == "CHANGED"
    assert sent["followUp"]["message"].endswith("Signs for every line. Is it better for you now?")
    assert refused == [("BLOCKED", NOT_EVALUATED)]
    assert closed["feedbackLoop"] == {
        "status": "CLOSED",
        "closedBy": "someone",
        "closeReason": "The terminal is rebuilt; nothing more can be measured.",
    }
    assert await level(ask, told) == ("VERIFIED", "VERIFIED")
