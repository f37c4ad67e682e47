"""Is a change started only with a sponsor, and with a plan for judging it?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import initiatives, insights
from service.customers.tables import Customer
from service.ground.actor import Actor
from service.ground.problems import (
    Blocked,
    Invalid,
    NotFound,
    Problem,
    Required,
)
from service.ground.session import Session
from service.initiatives import StepDetails
from service.initiatives.machine import INITIATIVE
from service.initiatives.tables import (
    ComparisonKind,
    Initiative,
    InitiativeHealth,
    InitiativeInsight,
    InitiativeUpdate,
    MeasurementPlan,
    PlanCohortMember,
)
from service.insights import Signal
from service.insights.tables import Insight
from tests.service import signals
from tests.service.changes import BETTER, PLAN, S, initiative, insight, insight_of


async def test_an_initiative_answers_an_insight_or_names_a_goal(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        with pytest.raises(Invalid) as refused:
            await initiatives.propose(session, {"name": "More lanes"})
        assert (refused.value.field, await session.find(Initiative)) == (("insightIds",), [])

        id_ = await initiatives.propose(session, {"name": "More lanes", "goal": "Nobody waits an hour."})

        row = await session.get(Initiative, id_)
    assert (row.status, row.owner, row.health) == ("PROPOSED", "someone", "ON_TRACK")


async def test_an_initiative_for_an_unknown_insight_is_refused(database: Database, actor: Actor) -> None:
    with pytest.raises(NotFound) as refused:
        async with database.work(actor) as session:
            await initiatives.propose(session, {"name": "More lanes"}, insight_ids=[UUID(int=1)])

    assert refused.value.field == ("insightId",)


@pytest.mark.parametrize(
    ("sponsor", "missing"),
    [
        (None, ("It has a sponsor", "Its sponsor is someone else than its owner")),
        ("Operations", ("Its sponsor is someone else than its owner",)),
    ],
    ids=["nobody", "the owner"],
)
async def test_an_approval_takes_four_eyes(
    database: Database, actor: Actor, sponsor: str | None, missing: tuple[str, ...]
) -> None:
    async with database.work(actor) as session:
        values = {"name": "More lanes", "goal": "No queues", "owner": "Operations", "sponsor": sponsor}
        id_ = await initiatives.propose(session, values)

        with pytest.raises(Blocked) as refused:
            await initiatives.transition(session, id_, S.APPROVED, StepDetails())

        row = await session.get(Initiative, id_)
    assert (refused.value.reasons, row.status, row.approved_by) == (missing, "PROPOSED", None)


async def test_an_approval_remembers_who_gave_it(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.APPROVED)

        row = await session.get(Initiative, id_)
        assert (row.approved_by, row.approved_at) == ("someone", session.now)
        with pytest.raises(Invalid, match="someone else than its owner"):
            await initiatives.change(session, id_, {"owner": "Director"})


async def test_work_is_planned_by_a_locked_plan_only(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        values = {"name": "More lanes", "goal": "No queues", "owner": "Operations", "sponsor": "Director"}
        id_ = await initiatives.propose(session, values)
        await initiatives.plans.draft(session, id_, PLAN)
        await initiatives.transition(session, id_, S.APPROVED, StepDetails())

        with pytest.raises(Blocked, match="measurement plan is locked"):
            await initiatives.transition(session, id_, S.PLANNED, StepDetails())

        await initiatives.plans.lock(session, id_)
        row = await initiatives.transition(session, id_, S.PLANNED, StepDetails())
    assert row.status == "PLANNED"


async def test_a_draft_of_a_plan_can_be_replaced_and_a_locked_plan_cannot(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        id_ = await initiatives.propose(session, {"name": "More lanes", "goal": "No queues"})
        first = await initiatives.plans.draft(session, id_, PLAN)
        second = await initiatives.plans.draft(session, id_, replace(PLAN, practical_threshold=0.5))
        await initiatives.plans.lock(session, id_)

        for again in (initiatives.plans.draft(session, id_, PLAN), initiatives.plans.lock(session, id_)):
            with pytest.raises(Invalid, match="never changes again"):
                await again

        plan = await session.get(MeasurementPlan, first)
    assert (second, plan.practical_threshold, plan.locked_by) == (first, 0.5, "someone")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric_id": "ces"}, "metricId"),
        ({"metric_version": 2}, "metricVersion"),
        ({"practical_threshold": 0.0}, "practicalThreshold"),
        ({"ramp_up_days": -1}, "rampUpDays"),
        ({"minimum_sample": 0}, "minimumSample"),
        ({"baseline_end": PLAN.baseline_start}, "baselineEnd"),
        ({"starts_at": PLAN.baseline_end - timedelta(days=1)}, "startsAt"),
        ({"evaluation_end": PLAN.starts_at}, "evaluationEnd"),
        ({"ramp_up_days": 98}, "evaluationEnd"),
        ({"comparison_kind": ComparisonKind.COMPARISON_GROUP}, "comparison"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plan_that_could_prove_nothing_is_refused(change: dict[str, object], field: str) -> None:
    PLAN.check()

    with pytest.raises(Invalid) as refused:
        replace(PLAN, **change).check()  # type: ignore[arg-type]  # one changed field of several types

    assert refused.value.field == (field,)


async def test_the_cohort_is_everybody_whose_words_led_to_it_once(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        first = await insight(session, "Ada", "Bob")
        second = await insight(session, "Eve", title="Signs")
        bob = (await session.find(Customer, display_name="Bob"))[0]
        hers = signals.interaction(session, bob.id)
        await insights.evidence.link(session, second, [Signal("interaction_id", hers)])
        id_ = await initiatives.propose(session, {"name": "More lanes"}, insight_ids=[first, second])
        await initiatives.plans.draft(session, id_, PLAN)

        plan = await initiatives.plans.lock(session, id_)
        await insights.evidence.link(session, first, [_of(session, "Late")])

        members = await session.find(PlanCohortMember, plan_id=plan.id)
    assert (plan.cohort_size, len({member.customer_id for member in members})) == (3, 3)


def _of(session: Session, name: str) -> Signal:
    return Signal("feedback_id", signals.feedback(session, signals.customer(session, name), "Too late."))


async def test_an_active_initiative_addresses_its_insight(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.PLANNED)
        assert (await insight_of(session, id_)).status == "PRIORITISED"

        await initiatives.transition(session, id_, S.ACTIVE, StepDetails())

        found = await insight_of(session, id_)
        assert (found.status, found.initiative_active_at) == ("ADDRESSING", session.now)


async def test_a_cancelled_initiative_leaves_its_insight_to_others(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.ACTIVE)
        with pytest.raises(Required):
            await initiatives.transition(session, id_, S.CANCELLED, StepDetails())

        await initiatives.transition(session, id_, S.CANCELLED, StepDetails(reason="No budget."))

        found = await insight_of(session, id_)
    assert (found.status, found.initiative_active_at) == ("PRIORITISED", None)


async def test_a_paused_initiative_keeps_the_day_it_began(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.ACTIVE)
        await initiatives.transition(session, id_, S.PAUSED, StepDetails(reason="Holidays."))

        async with database.work(actor) as _:
            await initiatives.transition(session, id_, S.ACTIVE, StepDetails())

        row = await session.get(Initiative, id_)
        assert (row.status, row.started_at) == ("ACTIVE", session.now)


@pytest.mark.parametrize(
    ("details", "problem", "field"),
    [
        (StepDetails(scope="Everybody"), Required, "shippedAt"),
        (StepDetails(shipped_at=PLAN.starts_at), Required, "scope"),
        (StepDetails(shipped_at=datetime(2999, 1, 1, tzinfo=UTC), scope="Everybody"), Invalid, "shippedAt"),
    ],
    ids=["no date", "no scope", "a date to come"],
)
async def test_shipping_says_when_and_for_whom(
    database: Database, actor: Actor, details: StepDetails, problem: type[Problem], field: str
) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.ACTIVE)

        with pytest.raises(problem) as refused:
            await initiatives.transition(session, id_, S.SHIPPED, details)

        row = await session.get(Initiative, id_)
    assert (refused.value.field, row.status, row.shipped_at) == ((field,), "ACTIVE", None)


async def test_closing_needs_what_was_learned(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, BETTER)
        await initiatives.change(session, id_, {"learning_note": None})

        with pytest.raises(Blocked, match="What was learned"):
            await initiatives.transition(session, id_, S.CLOSED, StepDetails())

        row = await initiatives.transition(session, id_, S.CLOSED, StepDetails(learning_note="Ask first."))
        assert (row.status, row.learning_note) == ("CLOSED", "Ask first.")
        assert (await insight_of(session, id_)).status == "ADDRESSING"


async def test_the_latest_report_gives_the_health(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session)
        await initiatives.report(session, id_, InitiativeHealth.AT_RISK, "The vendor is late.")

        yesterday = session.now - timedelta(days=1)
        await initiatives.report(
            session, id_, InitiativeHealth.OFF_TRACK, "No vendor.", reported_at=yesterday
        )

        assert (await session.get(Initiative, id_)).health == "AT_RISK"
        assert [u.note for u in await session.find(InitiativeUpdate)] == ["The vendor is late.", "No vendor."]


async def test_an_unlinked_insight_is_left_to_others(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.ACTIVE)
        found = await insight_of(session, id_)

        await initiatives.unlink(session, id_, insight_ids=[found.id], reason="Another cause.")

        assert (await session.get(Insight, found.id)).status == "PRIORITISED"
        assert await session.find(InitiativeInsight) == []


async def test_a_merged_insights_initiatives_answer_the_survivor(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.ACTIVE)
        merged, survivor = await insight_of(session, id_), await insight(session, title="Lanes")

        await insights.merge(session, merged.id, survivor, "The same thing.")
        [event] = [event for event in session.events if event.type == "insight.merged"]
        await initiatives.follow_merge(session, event)

        assert (await session.get(Insight, survivor)).status == "ADDRESSING"
        links = await session.find(InitiativeInsight, insight_id=survivor)
        assert [link.initiative_id for link in links] == [id_]


def test_every_state_can_be_reached_and_only_two_are_ends() -> None:
    reached = {step.target for step in INITIATIVE.steps} | {S.PROPOSED}
    left = {step.source for step in INITIATIVE.steps}

    assert (reached, set(S) - left) == (set(S), {S.CLOSED, S.CANCELLED})
