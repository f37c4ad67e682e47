"""How does closing the loop look through the graph? Filters, refusals at their fields, levels, huddles."""

from uuid import UUID

import pytest

from infra.database import Database
from service import loops
from service.ground.actor import Actor
from service.initiatives.tables import InitiativeStatus
from service.loops.tables import FollowUpStatus
from service.touchpoints.tables import Channel
from tests.ground import Answering
from tests.service.loop_ground import Tale


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


OPEN = "mutation($input:RecoveryOpenInput!){recoveryOpen(input:$input){recovery{id} userErrors{code field}}}"


async def open_recovery(ask: Answering, severity: int, customer_id: UUID) -> str:
    values = {"severity": severity, "customer": {"id": f"cus_{customer_id}"}}
    done = await ask(OPEN, input=values)
    assert done["recoveryOpen"]["userErrors"] == []
    id_: str = done["recoveryOpen"]["recovery"]["id"]
    return id_


async def test_recoveries_are_found_by_what_they_are(ask: Answering, tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    mild, grave = await open_recovery(ask, 2, ada), await open_recovery(ask, 5, bob)
    query = (
        "query($f:RecoveryFilter,$o:RecoveryOrder){recoveries(filter:$f,orderBy:$o){nodes{id} totalCount}}"
    )

    async def found(**filter_by: object) -> list[str]:
        page = (await ask(query, f=filter_by))["recoveries"]
        assert page["totalCount"] == len(page["nodes"])
        return [node["id"] for node in page["nodes"]]

    assert await found() == [grave, mild]
    assert await found(severityAtLeast=3) == [grave]
    assert await found(severity=[2, 3]) == [mild]
    assert await found(customer=f"cus_{ada}") == [mild]
    assert await found(status=["DISMISSED"]) == []
    assert await found(open=True, origin=["AGENT"]) == [grave, mild]
    assert await found(open=False) == []
    ascending = {"field": "SEVERITY", "direction": "ASC"}
    page = (await ask(query, o=ascending))["recoveries"]
    assert [node["id"] for node in page["nodes"]] == [mild, grave]


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"severity": 3}, "REQUIRED", ["customer"]),
        ({"severity": 6}, "INVALID", ["severity"]),
        ({"severity": 3, "customer": {"email": "nobody@example.org"}}, "NOT_FOUND", ["customer"]),
        ({"severity": 3, "feedbackId": "cus_nothing"}, "INVALID", ["feedbackId"]),
        (
            {"severity": 3, "interactionId": "int_00000000-0000-7000-8000-000000000000"},
            "NOT_FOUND",
            ["interactionId"],
        ),
    ],
)
async def test_a_refusal_names_its_field(
    ask: Answering, sent: dict[str, object], code: str, field: list[str]
) -> None:
    done = await ask(OPEN, input=sent)

    assert done["recoveryOpen"]["userErrors"] == [{"code": code, "field": field}]
    assert (await ask("{recoveries{totalCount}}"))["recoveries"]["totalCount"] == 0


async def test_what_changed_meanwhile_is_not_overwritten(ask: Answering, tale: Tale) -> None:
    recovery_id = await open_recovery(ask, 3, await tale.customer())
    assign = """mutation($id:ID!,$owner:String){recoveryAssign(input:{
    recoveryId:$id,owner:$owner,expectedVersion:1}){recovery{owner version} userErrors{code field}}}"""

    first = (await ask(assign, id=recovery_id, owner="Ada"))["recoveryAssign"]
    second = (await ask(assign, id=recovery_id, owner="Bob"))["recoveryAssign"]

    assert first["recovery"] == {"owner": "Ada", "version": 2}
    assert second["userErrors"] == [{"code": "STALE_VERSION", "field": ["expectedVersion"]}]


async def test_whoever_must_not_be_written_to_is_owed_nothing_more(ask: Answering, tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)
    suppress = """mutation($id:ID!){followUpSuppress(input:{followUpId:$id,because:OPTED_OUT}){
    followUp{status suppressedBecause blockedBecause} userErrors{code}}}"""
    send = """mutation($id:ID!){followUpSend(input:{followUpId:$id,channel:EMAIL}){userErrors{code}}}"""

    done = (await ask(suppress, id=f"fup_{owed.id}"))["followUpSuppress"]
    sent = (await ask(send, id=f"fup_{owed.id}"))["followUpSend"]

    assert done["followUp"] == {
        "status": "SUPPRESSED",
        "suppressedBecause": "OPTED_OUT",
        "blockedBecause": [],
    }
    assert [error["code"] for error in sent["userErrors"]] == ["INVALID_TRANSITION"]


async def test_a_huddle_keeps_its_decisions_in_order(ask: Answering) -> None:
    team = await ask('mutation{teamUpsert(input:{key:"front",name:"Front desk"}){team{id}}}')
    decisions = [
        {"kind": "COACH", "note": "Say which line is which."},
        {"kind": "ELEVATE", "note": "Signs are missing."},
    ]
    record = """mutation($input:HuddleRecordInput!){huddleRecord(input:$input){
    huddle{team{name} attendees decisions{position kind note elevation{id}}} userErrors{code field}}}"""
    values = {"teamId": team["teamUpsert"]["team"]["id"], "attendees": "All", "decisions": decisions}

    done = (await ask(record, input=values))["huddleRecord"]
    found = await ask("{huddles{nodes{team{huddles{totalCount}}}}}")

    assert done["userErrors"] == []
    assert done["huddle"]["team"] == {"name": "Front desk"}
    assert [(one["position"], one["kind"]) for one in done["huddle"]["decisions"]] == [
        (1, "COACH"),
        (2, "ELEVATE"),
    ]
    assert found["huddles"]["nodes"] == [{"team": {"huddles": {"totalCount": 1}}}]


async def test_a_huddle_that_is_yet_to_come_is_not_recorded(ask: Answering) -> None:
    team = await ask('mutation{teamUpsert(input:{key:"front",name:"Front desk"}){team{id}}}')
    values = {"teamId": team["teamUpsert"]["team"]["id"], "decisions": [], "heldAt": "2999-01-01T09:00:00Z"}
    record = "mutation($input:HuddleRecordInput!){huddleRecord(input:$input){userErrors{code field}}}"

    done = await ask(record, input=values)

    assert done["huddleRecord"]["userErrors"] == [{"code": "INVALID", "field": ["heldAt"]}]
    assert (await ask("{huddles{totalCount}}"))["huddles"]["totalCount"] == 0


async def test_only_a_decision_to_elevate_names_an_elevation(ask: Answering) -> None:
    team = await ask('mutation{teamUpsert(input:{key:"front",name:"Front desk"}){team{id}}}')
    elevation = "elv_00000000-0000-7000-8000-000000000000"
    values = {
        "teamId": team["teamUpsert"]["team"]["id"],
        "decisions": [{"kind": "COACH", "note": "Later.", "elevationId": elevation}],
    }
    record = "mutation($input:HuddleRecordInput!){huddleRecord(input:$input){userErrors{code field}}}"

    done = await ask(record, input=values)

    refused = {"code": "INVALID", "field": ["decisions", "0", "elevationId"]}
    assert done["huddleRecord"]["userErrors"] == [refused]
    assert (await ask("{huddles{totalCount}}"))["huddles"]["totalCount"] == 0


LEVELS = """query($id:ID!){feedbackItem(id:$id){loopLevel evidence{nodes{loopLevel}}}}"""


async def level(ask: Answering, feedback_id: UUID) -> str:
    found = (await ask(LEVELS, id=f"fbk_{feedback_id}"))["feedbackItem"]
    assert {node["loopLevel"] for node in found["evidence"]["nodes"]} <= {found["loopLevel"]}
    here: str = found["loopLevel"]
    return here


async def tell(tale: Tale, initiative_id: UUID, reply: FollowUpStatus | None = None) -> None:
    for owed in await tale.owed(initiative_id):
        async with tale.database.work(tale.actor) as session:
            await loops.follow_ups.send(session, owed.id, Channel.EMAIL)
            if reply:
                await loops.follow_ups.answer(session, owed.id, reply)


async def test_what_is_given_up_reaches_a_level_of_its_own_when_it_is_told(
    ask: Answering, tale: Tale
) -> None:
    feedback_id = await tale.feedback(await tale.customer())
    initiative_id = await tale.initiative(await tale.insight(feedback_id))
    await tale.step(initiative_id, InitiativeStatus.CANCELLED, reason="Too dear.")

    before = await level(ask, feedback_id)
    await tell(tale, initiative_id)

    assert (before, await level(ask, feedback_id)) == ("HEARD", "DECLINED_AND_TOLD")


async def test_a_confirmed_change_is_verified_and_a_disputed_one_only_told(
    ask: Answering, tale: Tale
) -> None:
    levels = []
    for reply in (FollowUpStatus.CONFIRMED, FollowUpStatus.DISPUTED, FollowUpStatus.NO_REPLY):
        feedback_id = await tale.feedback(await tale.customer())
        initiative_id = await tale.initiative(await tale.insight(feedback_id))
        await tale.begin_work(initiative_id)
        await tale.ship(initiative_id)
        levels.append(await level(ask, feedback_id))
        await tell(tale, initiative_id, reply)
        levels.append(await level(ask, feedback_id))

    assert levels == ["CAUSE_ADDRESSED", "VERIFIED", "CAUSE_ADDRESSED", "TOLD", "CAUSE_ADDRESSED", "TOLD"]


async def test_nameless_words_are_verified_by_a_proven_effect_alone(ask: Answering, tale: Tale) -> None:
    named, nameless = await tale.feedback(await tale.customer()), await tale.feedback(None)
    insight_id = await tale.insight(named, nameless)
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    await tale.ship(initiative_id)
    await tale.prove(initiative_id)

    assert (await level(ask, named), await level(ask, nameless)) == ("CAUSE_ADDRESSED", "VERIFIED")


async def test_unlinked_words_fall_back_to_what_they_reached_themselves(ask: Answering, tale: Tale) -> None:
    feedback_id = await tale.feedback(await tale.customer())
    initiative_id = await tale.initiative(await tale.insight(feedback_id))
    await tale.begin_work(initiative_id)
    await tale.ship(initiative_id)
    shipped = await level(ask, feedback_id)
    found = await ask("query($id:ID!){feedbackItem(id:$id){evidence{nodes{id}}}}", id=f"fbk_{feedback_id}")
    [evidence] = found["feedbackItem"]["evidence"]["nodes"]
    await ask(
        'mutation($id:ID!){evidenceUnlink(input:{evidenceId:$id,reason:"Wrong."}){userErrors{code}}}',
        id=evidence["id"],
    )

    assert (shipped, await level(ask, feedback_id)) == ("CAUSE_ADDRESSED", "HEARD")
