"""Do the tenant's own rules open recoveries, in their order, on time, and tell beforehand what they would?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from infra.database import Database
from service import interactions, loops
from service.customers import CustomerRef
from service.feedback.rules import Scale
from service.feedback.tables import FeedbackKind
from service.ground.actor import Actor
from service.ground.batches import ErrorPolicy
from service.ground.events import OutboxEvent
from service.ground.keys import uuid7
from service.ground.problems import Invalid, InvalidTransition, NotFound, Problem
from service.ground.tables import TenantRow
from service.interactions import Matter, Passage, PassageKind, PastEntry, PastMatter, Refs
from service.interactions.clocks import PolicyWording, Promised, policy_create
from service.interactions.clocks.tables import ClockTarget
from service.interactions.tables import Interaction, InteractionStatus, LedgerType, Party
from service.loops import RuleText, trials
from service.loops.rule_tables import RecoveryRule, RuleStatus
from service.loops.rules import Occasion, Rule, first_match
from service.loops.tables import Recovery, RecoveryStatus, RecoveryTrigger
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale, keep_answer

_T = RecoveryTrigger
DAY = 86_400


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def write(
    tale: Tale,
    trigger: RecoveryTrigger,
    *keywords: str,
    key: str = "own",
    **values: Any,  # noqa: ANN401 - columns
) -> UUID:
    """Write an edition of a rule."""
    text = RuleText(trigger, {"place": 100, "quiet_days": 0, **values}, {}, keywords)
    async with tale.database.work(tale.actor) as session:
        return await loops.recovery_rules.save(session, key, key, text)


async def follow(tale: Tale, rule_id: UUID) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.recovery_rules.activate(session, rule_id)


async def submit(tale: Tale, customer_id: UUID, score: float, words: str = "") -> UUID:
    async with tale.database.work(tale.actor) as session:
        id_ = keep_answer(session, customer_id, score, words)
        session.emit("feedback.submitted", id_, low=score <= 6)
        return id_


async def write_in(tale: Tale, customer_id: UUID, words: str) -> UUID:
    async with tale.database.work(tale.actor) as session:
        refs = Refs(customer=CustomerRef(id=customer_id))
        return await interactions.log(session, Matter(Channel.EMAIL, refs, message=words))


async def count(tale: Tale, model: type[TenantRow]) -> int:
    async with tale.database.work(tale.actor) as session:
        return len(await session.find(model))


async def test_a_tenants_own_rules_take_the_place_of_the_standard_ones(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.DETRACTOR, worst_part=0.2, severity=5, owner="Head of care"))
    customer_id = await tale.customer()

    await submit(tale, customer_id, 3)
    await submit(tale, customer_id, 2)

    [found] = await tale.recoveries()
    assert (found.trigger, found.severity, found.owner) == (_T.DETRACTOR, 5, "Head of care")


async def test_a_draft_opens_nothing(tale: Tale) -> None:
    await write(tale, _T.KEYWORD, "lawyer")

    await write_in(tale, await tale.customer(), "I will call my lawyer.")

    assert await tale.recoveries() == []


async def test_the_first_rule_that_a_signal_meets_opens_the_recovery(tale: Tale) -> None:
    later = await write(tale, _T.DETRACTOR, key="all", place=20)
    first = await write(tale, _T.KEYWORD, "lawyer", key="legal", place=10)
    for rule_id in (later, first):
        await follow(tale, rule_id)
    customer_id = await tale.customer()

    await submit(tale, customer_id, 2, "You will hear from my LAWYER!")
    await submit(tale, customer_id, 2, "Slow.")

    assert [one.rule_id for one in await tale.recoveries()] == [first, later]


async def test_a_new_edition_retires_the_one_before(tale: Tale) -> None:
    one, two = await write(tale, _T.DETRACTOR), await write(tale, _T.DETRACTOR, severity=5)
    await follow(tale, one)
    await follow(tale, two)

    async with tale.database.work(tale.actor) as session:
        editions = {rule.edition: rule.status for rule in await session.find(RecoveryRule, key="own")}
    assert editions == {1: RuleStatus.RETIRED, 2: RuleStatus.ACTIVE}
    with pytest.raises(InvalidTransition):
        await follow(tale, one)


async def test_a_word_in_a_message_opens_one_recovery_for_a_matter(tale: Tale) -> None:
    rule_id = await write(tale, _T.KEYWORD, "cancel my contract", recover_within_seconds=DAY)
    await follow(tale, rule_id)
    interaction_id = await write_in(tale, await tale.customer(), "Please CANCEL MY CONTRACT, now.")
    async with tale.database.work(tale.actor) as session:
        words = interactions.Message("Did you cancel my contract?", Party.CUSTOMER)
        await interactions.add_message(session, interaction_id, words)

    [found] = await tale.recoveries()
    assert (found.rule_id, found.interaction_id) == (rule_id, interaction_id)
    assert (found.acknowledge_due_at, found.remedy_due_at) == (
        found.opened_at + timedelta(hours=24),
        found.opened_at + timedelta(hours=24),
    )
    assert found.due_at == found.acknowledge_due_at


async def test_what_agents_write_is_not_listened_to(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.KEYWORD, "lawyer"))
    interaction_id = await write_in(tale, await tale.customer(), "Hello.")
    async with tale.database.work(tale.actor) as session:
        words = interactions.Message("Ask our lawyer.", Party.AGENT)
        await interactions.add_message(session, interaction_id, words)

    assert await tale.recoveries() == []


async def test_a_broken_promise_opens_a_recovery_once(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.SLA_BREACH))
    interaction_id = await write_in(tale, await tale.customer(), "Hello?")
    for _ in range(2):
        async with tale.database.work(tale.actor) as session:
            await loops.openings.open_for_interactions(session, [interaction_id], _T.SLA_BREACH)

    [found] = await tale.recoveries()
    assert (found.trigger, found.interaction_id) == (_T.SLA_BREACH, interaction_id)


async def test_a_promise_that_runs_out_opens_a_recovery_by_itself(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.SLA_BREACH))
    refs = Refs(customer=CustomerRef(id=await tale.customer()))
    async with tale.database.work(tale.actor) as session:
        wording = PolicyWording([Promised(ClockTarget.FIRST_RESPONSE, 60)])
        await policy_create(session, "all", "All", wording)
    async with tale.database.work(tale.actor) as session:
        matter = Matter(Channel.PHONE, refs, opened_at=session.now - timedelta(hours=1))
        late = await interactions.log(session, matter)
        in_time = await interactions.log(session, replace(matter, opened_at=session.now))

    assert [(one.trigger, one.interaction_id) for one in await tale.recoveries()] == [(_T.SLA_BREACH, late)]
    assert in_time != late


async def test_who_gives_up_waiting_opens_a_recovery_at_once_and_once(tale: Tale) -> None:
    rule_id = await write(tale, _T.ABANDONMENT, owner="Head of care")
    await follow(tale, rule_id)
    call = await write_in(tale, await tale.customer(), "")

    for kind in (PassageKind.QUEUED, PassageKind.ABANDONED, PassageKind.QUEUED, PassageKind.ABANDONED):
        before = await tale.recoveries()
        async with tale.database.work(tale.actor) as session:
            await interactions.record_passage(session, call, Passage(kind))

    [found] = await tale.recoveries()
    assert before == [found]
    assert (found.trigger, found.rule_id, found.interaction_id) == (_T.ABANDONMENT, rule_id, call)
    assert found.owner == "Head of care"


@pytest.mark.parametrize(("silent", "opened"), [(False, 1), (True, 0)])
async def test_calls_that_are_imported_as_news_count_like_those_that_are_logged(
    tale: Tale, silent: bool, opened: int
) -> None:
    await follow(tale, await write(tale, _T.ABANDONMENT))
    customer = CustomerRef(id=await tale.customer())
    async with tale.database.work(tale.actor) as session:
        at = session.now - timedelta(hours=1)
        for key, last in (("1", LedgerType.ABANDONED), ("2", LedgerType.RESOLVED)):
            entries = [PastEntry(LedgerType.QUEUED, at), PastEntry(last, at, party=Party.CUSTOMER)]
            call = PastMatter("acd", key, customer, Channel.PHONE, at, entries)
            await interactions.import_all(session, [call], ErrorPolicy.REJECT_ALL, silent=silent)

    assert len(await tale.recoveries()) == opened


async def test_a_second_call_about_the_same_matter_is_set_aside_as_a_duplicate(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.SLA_BREACH, key="a"))
    await follow(tale, await write(tale, _T.KEYWORD, "lawyer", key="b"))
    interaction_id = await write_in(tale, await tale.customer(), "My lawyer will call.")
    async with tale.database.work(tale.actor) as session:
        await loops.openings.open_for_interactions(session, [interaction_id], _T.SLA_BREACH)

    first, second = await tale.recoveries()
    assert (first.status, second.status) == (RecoveryStatus.OPEN, RecoveryStatus.DUPLICATE)
    assert second.duplicate_of_id == first.id


async def test_a_rule_leaves_a_customer_alone_for_its_pause(tale: Tale) -> None:
    await follow(tale, await write(tale, _T.DETRACTOR, quiet_days=7))
    ada, bob = await tale.customer(), await tale.customer()

    for customer_id in (ada, ada, bob):
        await submit(tale, customer_id, 1)

    assert [one.customer_id for one in await tale.recoveries()] == [ada, bob]


async def test_a_trial_tells_what_would_have_been_opened_and_changes_nothing(tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    opened = await submit(tale, ada, 2)
    for customer_id, score in ((ada, 9), (bob, 1), (bob, 0), (bob, 8)):
        await tale.feedback(customer_id, score)
    rule_id = await write(tale, _T.DETRACTOR, quiet_days=1)
    before = await count(tale, Recovery), await count(tale, OutboxEvent)

    async with tale.database.work(tale.actor) as session:
        since = session.now - timedelta(days=1)
        found = await trials.of_edition(session, rule_id, since, session.now + timedelta(days=1))

    assert (found.examined, found.would_open, found.opened_already) == (5, 1, 1)
    assert (found.left_alone, found.customers) == (1, 2)
    assert [one.occasion.customer_id for one in found.matches] == [bob, ada]
    assert found.matches[1].occasion.feedback_id == opened
    assert (await count(tale, Recovery), await count(tale, OutboxEvent)) == before


async def test_a_trial_looks_at_broken_promises_of_the_past(tale: Tale) -> None:
    customer_id = await tale.customer()
    for sla_met in (True, False, None):
        await past_matter(tale, customer_id, sla_met=sla_met)
    rule_id = await write(tale, _T.SLA_BREACH)

    async with tale.database.work(tale.actor) as session:
        now = session.now
        found = await trials.of_edition(session, rule_id, now - timedelta(days=2), now)
        nothing = await trials.of_edition(session, rule_id, now - timedelta(days=9), now - timedelta(days=8))

    assert (found.examined, found.would_open) == (1, 1)
    assert (nothing.examined, nothing.would_open, nothing.matches) == (0, 0, [])


async def test_a_trial_looks_at_those_who_gave_up_in_the_past(tale: Tale) -> None:
    customer_id = await tale.customer()
    async with tale.database.work(tale.actor) as session:
        at = session.now - timedelta(days=1)
        gone = [PastEntry(LedgerType.ABANDONED, at, party=Party.CUSTOMER)]
        calls = [
            PastMatter("acd", str(number), CustomerRef(id=customer_id), Channel.PHONE, at, entries)
            for number, entries in enumerate([gone, [], gone])
        ]
        await interactions.import_all(session, calls, ErrorPolicy.REJECT_ALL)
    rule_id = await write(tale, _T.ABANDONMENT)

    async with tale.database.work(tale.actor) as session:
        found = await trials.of_edition(session, rule_id, at, session.now)

    assert (found.examined, found.would_open, found.customers) == (2, 2, 1)
    assert await tale.recoveries() == []


async def past_matter(tale: Tale, customer_id: UUID, *, sla_met: bool | None) -> None:
    async with tale.database.work(tale.actor) as session:
        at = session.now - timedelta(days=1)
        matter = Interaction(
            source="test",
            key=str(uuid7()),
            customer_id=customer_id,
            channel=Channel.PHONE,
            status=InteractionStatus.RESOLVED,
            sla_met=sla_met,
            opened_at=at,
            last_event_at=at,
        )
        session.add(matter)


@pytest.mark.parametrize("days", [(1, 1), (0, 1), (367, 0)])
async def test_a_trial_needs_a_period(tale: Tale, days: tuple[int, int]) -> None:
    rule_id = await write(tale, _T.DETRACTOR)

    now = datetime.now(UTC)
    since, until = (now - timedelta(days=number) for number in days)
    with pytest.raises(Invalid):
        async with tale.database.work(tale.actor) as session:
            await trials.of_edition(session, rule_id, since, until)


@pytest.mark.parametrize(
    ("trigger", "keywords", "values"),
    [
        (_T.FOLLOW_UP_DISPUTED, (), {}),
        (_T.KEYWORD, (), {}),
        (_T.KEYWORD, (" ",), {}),
        (_T.KEYWORD, ("a\nb",), {}),
        (_T.DETRACTOR, ("a",), {}),
        (_T.SLA_BREACH, (), {"worst_part": 0.5}),
        (_T.CSAT_LOW, (), {"worst_part": 0.0}),
        (_T.CSAT_LOW, (), {"severity": 6}),
        (_T.CSAT_LOW, (), {"recover_within_seconds": 0}),
        (_T.CSAT_LOW, (), {"quiet_days": -1}),
    ],
)
async def test_a_rule_that_means_nothing_is_refused(
    tale: Tale, trigger: RecoveryTrigger, keywords: tuple[str, ...], values: dict[str, Any]
) -> None:
    with pytest.raises(Problem):
        await write(tale, trigger, *keywords, **values)

    assert await count(tale, RecoveryRule) == 0


async def test_a_rule_names_only_what_exists(tale: Tale) -> None:
    text = RuleText(_T.DETRACTOR, {"place": 1}, {"surveyKey": "nothing"})
    with pytest.raises(NotFound) as unknown:
        async with tale.database.work(tale.actor) as session:
            await loops.recovery_rules.save(session, "own", "Own", text)

    assert unknown.value.field == ("surveyKey",)
    assert await count(tale, RecoveryRule) == 0


def occasion(**values: Any) -> Occasion:  # noqa: ANN401 - fields
    anybody: dict[str, Any] = {"customer_id": uuid7(), "occurred_at": None}
    return Occasion(**{**anybody, **values})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("I want my money back", True),
        ("MONEY   back", False),
        ("Money back!", True),
        ("moneyback", False),
        ("no money, back soon", False),
        (None, False),
    ],
)
def test_a_phrase_is_found_whole_and_in_whatever_case(words: str | None, found: bool) -> None:
    rule = Rule(_T.KEYWORD, keywords="refund\nmoney back")

    assert rule.matches(occasion(words=words)) is found


def test_every_condition_has_to_hold() -> None:
    survey, reason, segment = uuid7(), uuid7(), uuid7()
    said = {"kind": FeedbackKind.CSAT, "score": 2.0, "scale": Scale(1, 5), "survey_id": survey}
    about = {"reason_ids": frozenset({reason}), "segment_ids": frozenset({segment})}
    signal = occasion(**said, **about, channel=Channel.SMS)
    fitting: dict[str, Any] = {"survey_id": survey, "contact_reason_id": reason, "segment_id": segment}

    assert Rule(_T.CSAT_LOW, channel=Channel.SMS, **fitting).matches(signal)
    for name in fitting:
        assert not Rule(_T.CSAT_LOW, **{**fitting, name: uuid7()}).matches(signal)
    assert not Rule(_T.CSAT_LOW, channel=Channel.APP).matches(signal)
    assert not Rule(_T.CES_LOW).matches(signal)
    assert first_match((Rule(_T.CES_LOW), Rule(_T.CSAT_LOW)), signal) == Rule(_T.CSAT_LOW)
