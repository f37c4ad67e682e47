"""Is a change judged by the plan it was started with, and by nobody's hand?"""

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
    Forbidden,
    Invalid,
    InvalidTransition,
    NotFound,
    Problem,
    Required,
)
from service.ground.session import Session
from service.initiatives import Evaluation, Plan, StepDetails
from service.initiatives.machine import INITIATIVE
from service.initiatives.tables import (
    ComparisonKind,
    EvidenceGrade,
    ImpactEvaluation,
    Initiative,
    InitiativeHealth,
    InitiativeInsight,
    InitiativeStatus,
    InitiativeUpdate,
    MeasurementPlan,
    PlanBucket,
    PlanCohortMember,
    Verdict,
    WantedDirection,
)
from service.insights import PriorityInputs, Signal
from service.insights.tables import Insight, InsightStatus
from tests.service import signals

S = InitiativeStatus
LAST_YEAR = datetime(2025, 1, 6, tzinfo=UTC)
PLAN = Plan(
    metric_id="ces",
    metric_version=1,
    direction=WantedDirection.INCREASE,
    bucket=PlanBucket.WEEK,
    practical_threshold=0.2,
    baseline_start=LAST_YEAR,
    baseline_end=LAST_YEAR + timedelta(weeks=26),
    starts_at=LAST_YEAR + timedelta(weeks=26),
    evaluation_end=LAST_YEAR + timedelta(weeks=40),
)
BETTER = Evaluation(Verdict.IMPROVED, EvidenceGrade.B, 812, 0.41, 0.22, 0.6, is_final=True)
NOTHING = Evaluation(Verdict.NO_CHANGE, EvidenceGrade.C, 812, 0.01, -0.05, 0.06, is_final=True)
SHIPPING = StepDetails(shipped_at=PLAN.starts_at, scope="All lanes of terminal 2")


async def insight(session: Session, *names: str, title: str = "Queues") -> UUID:
    """Add a prioritised insight backed by a word of each customer."""
    insight_id = insights.draft(
        session, {"title": title, "root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"}
    )
    if names:
        said = [signals.feedback(session, signals.customer(session, name), "An hour.") for name in names]
        await insights.evidence.link(session, insight_id, [Signal("feedback_id", id_) for id_ in said])
    await insights.transition(session, insight_id, InsightStatus.EVIDENCED, sponsor_reason="Seen.")
    await insights.transition(session, insight_id, InsightStatus.VALIDATED)
    await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.5))
    return insight_id


async def initiative(
    session: Session, status: InitiativeStatus = S.PROPOSED, *names: str, sponsor: str = "Director"
) -> UUID:
    """Add an initiative for one insight and let it go through its states up to one of them."""
    about = [await insight(session, *names)]
    values = {"name": "More lanes", "owner": "Operations", "sponsor": sponsor, "learning_note": "Ask first."}
    id_ = await initiatives.propose(session, values, insight_ids=about)
    await initiatives.plans.draft(session, id_, PLAN)
    await initiatives.plans.lock(session, id_)
    for target in (S.APPROVED, S.PLANNED, S.ACTIVE, S.SHIPPED, S.OBSERVING):
        if status is S.PROPOSED:
            break
        await initiatives.transition(session, id_, target, SHIPPING)
        if target is status:
            break
    return id_


async def insight_of(session: Session, initiative_id: UUID) -> Insight:
    [link] = await session.find(InitiativeInsight, initiative_id=initiative_id)
    return await session.get(Insight, link.insight_id)


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


async def test_nobody_can_ask_for_a_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        for verdict in (S.IMPROVED, S.NO_CHANGE, S.WORSENED, S.INCONCLUSIVE):
            with pytest.raises(InvalidTransition, match="it can go to: nowhere"):
                await initiatives.transition(session, id_, verdict, StepDetails())


async def test_a_final_evaluation_becomes_the_verdict_and_verifies_the_insight(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.SHIPPED)

        evaluation_id = await initiatives.evaluations.record(session, id_, BETTER)

        row = await session.get(Initiative, id_)
        kept = await session.get(ImpactEvaluation, evaluation_id)
        found = await insight_of(session, id_)
        assert (row.status, row.verdict, kept.edition, kept.estimate) == ("IMPROVED", "IMPROVED", 1, 0.41)
        assert found.verified_at == session.now
        await insights.transition(session, found.id, InsightStatus.RESOLVED)


async def test_a_preliminary_evaluation_gives_no_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        await initiatives.evaluations.record(session, id_, replace(BETTER, is_final=False))

        row = await session.get(Initiative, id_)
        assert (row.status, row.verdict) == ("OBSERVING", None)
        assert (await insight_of(session, id_)).verified_at is None


async def test_what_changed_nothing_leaves_its_insight_to_others(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        await initiatives.evaluations.record(session, id_, NOTHING)

        found = await insight_of(session, id_)
    assert (found.status, found.verified_at) == ("PRIORITISED", None)


async def test_a_later_final_evaluation_takes_an_earlier_proof_back(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, BETTER)

        await initiatives.evaluations.record(session, id_, NOTHING)

        row = await session.get(Initiative, id_)
        assert (row.status, (await insight_of(session, id_)).verified_at) == ("NO_CHANGE", None)
        assert [one.edition for one in await session.find(ImpactEvaluation)] == [1, 2]


@pytest.mark.parametrize(
    ("status", "found", "message"),
    [
        (S.ACTIVE, BETTER, "not shipped"),
        (S.OBSERVING, replace(BETTER, evidence_grade=EvidenceGrade.D), "before and after"),
        (S.OBSERVING, Evaluation(Verdict.INCONCLUSIVE, EvidenceGrade.C, 4), "says why"),
    ],
    ids=["before shipping", "by before and after", "without a reason"],
)
async def test_an_evaluation_that_proves_nothing_is_refused(
    database: Database, actor: Actor, status: InitiativeStatus, found: Evaluation, message: str
) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, status)

        with pytest.raises(Invalid, match=message):
            await initiatives.evaluations.record(session, id_, found)

        assert await session.find(ImpactEvaluation) == []


async def test_there_are_no_early_verdicts(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        await session.change(plan, evaluation_end=session.now + timedelta(days=1))

        with pytest.raises(Invalid, match="no early verdicts"):
            await initiatives.evaluations.record(session, id_, BETTER)

        assert (await session.get(Initiative, id_)).verdict is None


async def test_only_the_sponsor_overrides_a_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, NOTHING)

        with pytest.raises(Forbidden):
            await initiatives.override_verdict(session, id_, Verdict.IMPROVED, "I feel it.")

        row = await session.get(Initiative, id_)
    assert (row.status, row.verdict, row.overridden_by) == ("NO_CHANGE", "NO_CHANGE", None)


async def test_an_override_stays_visible_and_proves_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING, sponsor="someone")
        await initiatives.evaluations.record(session, id_, NOTHING)

        await initiatives.override_verdict(
            session, id_, Verdict.IMPROVED, "The survey missed the night shift."
        )
        await initiatives.evaluations.record(session, id_, NOTHING)

        row = await session.get(Initiative, id_)
        assert (row.status, row.verdict) == ("IMPROVED", "IMPROVED")
        assert (row.overridden_by, row.override_reason) == ("someone", "The survey missed the night shift.")
        assert (await insight_of(session, id_)).verified_at is None


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


async def test_what_regressed_is_not_addressed_by_what_ended_before(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, BETTER)
        found = await insight_of(session, id_)
        await insights.transition(session, found.id, InsightStatus.RESOLVED)
        await insights.regress(session, found.id, "Contacts are above the limit again.")
        await insights.transition(session, found.id, InsightStatus.PRIORITISED)

        await initiatives.transition(session, id_, S.CLOSED, StepDetails())

        again = await insight_of(session, id_)
    assert (again.status, again.verified_at) == ("PRIORITISED", None)


def test_every_state_can_be_reached_and_only_two_are_ends() -> None:
    reached = {step.target for step in INITIATIVE.steps} | {S.PROPOSED}
    left = {step.source for step in INITIATIVE.steps}

    assert (reached, set(S) - left) == (set(S), {S.CLOSED, S.CANCELLED})
