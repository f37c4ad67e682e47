"""How do rules, terms, authority and consent look through the graph, and what do their refusals say?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service.ground.actor import Actor
from service.loops.tables import Recovery
from tests.ground import Answering
from tests.schema.voices import NPS, asked, submitted
from tests.service.loop_ground import Tale

SAVE = """mutation($input:RecoveryRuleSaveInput!){recoveryRuleSave(input:$input){recoveryRule{id key edition
status trigger place keywords worstPart allowedTransitions{to}} userErrors{code field}}}"""
ACTIVATE = """mutation($id:ID!){recoveryRuleActivate(input:{recoveryRuleId:$id}){recoveryRule{status
history{target}} userErrors{code}}}"""
TRY = """mutation($input:RecoveryRuleTryInput!){recoveryRuleTry(input:$input){examined wouldOpen openedAlready
leftAlone customers matches{severity customer{id} feedback{id} interaction{id} recovery{id}}
userErrors{code field}}}"""
COUNTS = "{recoveries{totalCount} recoveryRules{totalCount}}"


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def saved(ask: Answering, **values: object) -> str:
    rule = {"key": "detractors", "name": "Detractors", "trigger": "DETRACTOR", **values}
    done = (await ask(SAVE, input=rule))["recoveryRuleSave"]
    assert done["userErrors"] == []
    id_: str = done["recoveryRule"]["id"]
    return id_


async def test_a_rule_is_written_tried_and_activated(ask: Answering, tale: Tale) -> None:
    customer_id = await tale.customer()
    feedback_id = await tale.feedback(customer_id, 1)
    rule_id = await saved(ask, worstPart=0.2, severity=5)
    now = datetime.now(UTC)
    period = {
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(days=1)).isoformat(),
    }

    tried = (await ask(TRY, input={"recoveryRuleId": rule_id, **period}))["recoveryRuleTry"]
    after = await ask(COUNTS)
    active = (await ask(ACTIVATE, id=rule_id))["recoveryRuleActivate"]

    match = {
        "severity": 5,
        "customer": {"id": f"cus_{customer_id}"},
        "feedback": {"id": f"fbk_{feedback_id}"},
        "interaction": None,
        "recovery": None,
    }
    assert (tried["examined"], tried["wouldOpen"], tried["matches"]) == (1, 1, [match])
    assert after == {"recoveries": {"totalCount": 0}, "recoveryRules": {"totalCount": 1}}
    assert active["recoveryRule"] == {
        "status": "ACTIVE",
        "history": [{"target": "DRAFT"}, {"target": "ACTIVE"}],
    }


async def test_a_rule_shows_its_words_as_a_list(ask: Answering) -> None:
    rule = {"key": "legal", "name": "Legal", "trigger": "KEYWORD", "keywords": ["lawyer", "see you in court"]}
    done = (await ask(SAVE, input=rule))["recoveryRuleSave"]

    shown = done["recoveryRule"]
    assert (shown["edition"], shown["status"], shown["place"], shown["worstPart"]) == (1, "DRAFT", 100, None)
    assert shown["keywords"] == ["lawyer", "see you in court"]
    assert [step["to"] for step in shown["allowedTransitions"]] == ["ACTIVE", "RETIRED"]


async def test_the_times_of_a_rule_run_in_the_open_hours_of_its_calendar(ask: Answering, tale: Tale) -> None:
    today = datetime.now(UTC).date()
    closed = [{"day": (today + timedelta(days=number)).isoformat()} for number in range(2)]
    days = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    periods = [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in days]
    office = {"timeZone": "UTC", "periods": periods, "holidays": closed}
    await ask(
        """mutation($hours:WorkingHoursInput!){businessCalendarCreate(input:{key:"office",name:"Office",
        hours:$hours}){userErrors{code}}}""",
        hours=office,
    )
    rule_id = await saved(
        ask, businessCalendarKey="office", acknowledgeWithinSeconds=3600, recoverWithinSeconds=36000
    )
    await ask(ACTIVATE, id=rule_id)
    await asked(ask, **NPS)
    customer = {"id": f"cus_{await tale.customer()}"}

    await submitted(ask, surveyKey="nps", customer=customer, score=1)

    [shown] = (await ask("{recoveries{nodes{acknowledgeDueAt remedyDueAt rule{businessCalendar{key}}}}}"))[
        "recoveries"
    ]["nodes"]
    first = today + timedelta(days=2)
    assert shown == {
        "acknowledgeDueAt": f"{first}T10:00:00+00:00",
        "remedyDueAt": f"{first + timedelta(days=1)}T11:00:00+00:00",
        "rule": {"businessCalendar": {"key": "office"}},
    }


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"trigger": "KEYWORD"}, {"code": "REQUIRED", "field": ["keywords"]}),
        ({"teamKey": "nobody"}, {"code": "NOT_FOUND", "field": ["teamKey"]}),
        ({"businessCalendarKey": "moon"}, {"code": "NOT_FOUND", "field": ["businessCalendarKey"]}),
        ({"worstPart": 2.0}, {"code": "INVALID", "field": ["worstPart"]}),
    ],
)
async def test_a_refused_rule_is_not_kept(
    ask: Answering, values: dict[str, object], error: dict[str, object]
) -> None:
    rule = {"key": "detractors", "name": "Detractors", "trigger": "DETRACTOR", **values}

    done = (await ask(SAVE, input=rule))["recoveryRuleSave"]

    assert (done["recoveryRule"], done["userErrors"]) == (None, [error])
    assert (await ask(COUNTS))["recoveryRules"]["totalCount"] == 0


async def open_for(ask: Answering, customer_id: UUID) -> str:
    source = "mutation($input:RecoveryOpenInput!){recoveryOpen(input:$input){recovery{id}}}"
    done = await ask(source, input={"severity": 3, "customer": {"id": f"cus_{customer_id}"}})
    id_: str = done["recoveryOpen"]["recovery"]["id"]
    return id_


async def test_what_is_overdue_is_found_and_what_is_due_first_comes_first(ask: Answering, tale: Tale) -> None:
    later = await open_for(ask, await tale.customer())
    policy = "mutation($s:Int!){loopPolicySet(input:{acknowledgeWithinSeconds:$s}){loopPolicy{edition}}}"
    await ask(policy, s=1)
    sooner = await open_for(ask, await tale.customer())
    async with tale.database.work(tale.actor) as session:
        [row] = [one for one in await session.find(Recovery) if f"rec_{one.id}" == sooner]
        await session.change(row, due_at=row.opened_at)

    found = await ask(
        """{all:recoveries(orderBy:{field:DUE_AT,direction:ASC}){nodes{id overdue}}
        late:recoveries(filter:{overdue:true}){nodes{id}} rest:recoveries(filter:{overdue:false}){nodes{id}}
        loopPolicy{edition acknowledgeWithinSeconds quietDays consentBasis}}"""
    )

    assert found["all"]["nodes"] == [{"id": sooner, "overdue": True}, {"id": later, "overdue": False}]
    assert (found["late"]["nodes"], found["rest"]["nodes"]) == ([{"id": sooner}], [{"id": later}])
    assert found["loopPolicy"] == {
        "edition": 1,
        "acknowledgeWithinSeconds": 1,
        "quietDays": 7,
        "consentBasis": "OPT_OUT",
    }


async def test_the_terms_name_a_calendar_until_it_is_cleared(ask: Answering) -> None:
    await ask("""mutation{businessCalendarCreate(input:{key:"shop",name:"Shop",hours:{timeZone:"UTC",
    periods:[{weekday:MONDAY,opens:"09:00",closes:"17:00"}]}}){userErrors{code}}}""")
    policy = """mutation($key:String){loopPolicySet(input:{businessCalendarKey:$key}){
    userErrors{code field} loopPolicy{edition businessCalendar{key}}}}"""

    named = (await ask(policy, key="shop"))["loopPolicySet"]
    unknown = (await ask(policy, key="office"))["loopPolicySet"]
    cleared = (await ask(policy, key=None))["loopPolicySet"]

    assert named == {"userErrors": [], "loopPolicy": {"edition": 1, "businessCalendar": {"key": "shop"}}}
    assert unknown == {
        "userErrors": [{"code": "NOT_FOUND", "field": ["businessCalendarKey"]}],
        "loopPolicy": None,
    }
    assert cleared["loopPolicy"] == {"edition": 2, "businessCalendar": None}


async def test_a_refusal_for_lack_of_authority_names_the_limit(ask: Answering, tale: Tale) -> None:
    recovery_id = await open_for(ask, await tale.customer())
    limit = """mutation{authorityLimitSet(input:{holderKind:AGENT,holder:"someone",currency:"EUR",
    amountMinor:2000}){outcome authorityLimit{holder amountMinor}}}"""
    assert (await ask(limit))["authorityLimitSet"]["outcome"] == "CREATED"
    grant = """mutation($id:ID!,$ask:Boolean!){recoveryActionAdd(input:{recoveryId:$id,kind:COMPENSATION,
    amountMinor:2500,currency:"EUR",askForApproval:$ask}){action{decision} userErrors{code message field}}}"""

    refused = (await ask(grant, id=recovery_id, ask=False))["recoveryActionAdd"]
    kept = await ask("query($id:ID!){recovery(id:$id){actions{decision}}}", id=recovery_id)
    proposed = (await ask(grant, id=recovery_id, ask=True))["recoveryActionAdd"]

    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("BEYOND_AUTHORITY", ["amountMinor"])
    assert "2000 EUR" in error["message"]
    assert kept["recovery"]["actions"] == []
    assert proposed["action"] == {"decision": "PROPOSED"}


async def test_the_latest_word_to_a_purpose_counts_and_all_are_kept(ask: Answering, tale: Tale) -> None:
    customer_id = f"cus_{await tale.customer()}"
    word = """mutation($id:ID!,$status:ConsentStatus!){consentRecord(input:{customer:{id:$id},
    purpose:FEEDBACK,status:$status,source:"form"}){customer{consents{purpose status} consentHistory{status}}
    userErrors{code}}}"""

    for status in ("GRANTED", "REVOKED"):
        done = await ask(word, id=customer_id, status=status)

    assert done["consentRecord"]["customer"] == {
        "consents": [{"purpose": "FEEDBACK", "status": "REVOKED"}],
        "consentHistory": [{"status": "GRANTED"}, {"status": "REVOKED"}],
    }


async def test_a_customer_who_was_invited_may_not_be_asked_again(ask: Answering, tale: Tale) -> None:
    customer_id = f"cus_{await tale.customer()}"
    await ask(
        'mutation{surveyUpsert(input:{key:"nps",name:"NPS",kind:NPS,purpose:RELATIONSHIP,cooldownDays:30})'
        "{survey{id}}}"
    )
    invite = """mutation($id:ID!){surveyInvite(input:{customer:{id:$id},surveyKey:"nps",channel:EMAIL})
    {invitation{id survey{key}} userErrors{code field}}}"""

    first = (await ask(invite, id=customer_id))["surveyInvite"]
    second = (await ask(invite, id=customer_id))["surveyInvite"]
    found = await ask(
        """query($ref:CustomerRef!){customer(ref:$ref){surveyInvitations{totalCount}
        mayAsk{allowed reason nextAllowedAt}}}""",
        ref={"id": customer_id},
    )

    assert first["invitation"]["survey"] == {"key": "nps"}
    assert second == {"invitation": None, "userErrors": [{"code": "BLOCKED", "field": ["customer"]}]}
    [asking] = found["customer"]["mayAsk"]
    assert (asking["allowed"], asking["reason"]) == (False, "INVITED_TO_THIS_SURVEY")
    assert found["customer"]["surveyInvitations"]["totalCount"] == 1
