"""Is it said before any work starts whether the effect could be seen at all?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.database import Database
from service import initiatives
from service.ground.actor import Actor
from service.ground.problems import Invalid
from service.initiatives.proof.foreseen import carried_on, least_effect_by_model
from service.initiatives.proof.power import Horizon, detectable, windows
from service.initiatives.proof_tables import PlanScope, ProofGuard
from service.initiatives.rules import PlannedMetric
from service.initiatives.tables import (
    EffectScale,
    Exposure,
    MeasurementPlan,
    PlanCohortMember,
    Population,
    WantedDirection,
)
from tests.service.changes import S, initiative
from tests.service.contacts import (
    BEFORE,
    BEGINNING,
    BESIDE_OTHERS,
    CHANGE,
    lay,
    midnight,
    reason,
    steady,
    weekly,
    weekly_plan,
)
from tests.service.proof_series import counts


async def test_a_plan_foretells_the_least_effect_it_would_find(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        lay(session, about, weekly(steady(40, 1, 60), BEGINNING - timedelta(weeks=60 - BEFORE)))
        id_ = await initiative(session, S.PROPOSED)
        plan = weekly_plan(about)

        found = await initiatives.plans.preview(session, id_, plan)

        assert (found.windows, found.periods, found.against) == (20, BEFORE, ())
        assert found.sample == sum(steady(40, 1, 60)[-BEFORE:])
        assert found.detectable_effect == 0.3


async def test_a_short_past_lets_the_model_foretell(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        lay(session, about, weekly(steady(40, 1, BEFORE)))

        found = await initiatives.plans.preview(session, await initiative(session), weekly_plan(about))

    assert (found.windows, found.against) == (0, ())
    assert found.detectable_effect == pytest.approx(0.2205, abs=0.0005)


def test_the_model_and_the_own_past_foretell_alike() -> None:
    long = counts(steady(40, 5, 80))
    tried = detectable(windows(long, Horizon(40, 20)), WantedDirection.DECREASE)

    told = least_effect_by_model(carried_on(long.at(list(range(40))), 20), WantedDirection.DECREASE)

    assert tried is not None
    assert told == pytest.approx(tried, abs=0.12)


async def test_what_would_stop_a_verdict_is_said_beforehand(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        lay(session, about, weekly([1.0] * BEFORE))
        id_ = await initiative(session)

        found = await initiatives.plans.preview(
            session, id_, weekly_plan(about, evaluation_end=midnight(CHANGE + timedelta(weeks=4)))
        )

    assert found.against == ("TOO_FEW_PERIODS", "TOO_FEW_EVENTS")


async def test_a_preview_keeps_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        id_ = await initiatives.propose(session, {"name": "More lanes", "goal": "No queues."})

        await initiatives.plans.preview(session, id_, weekly_plan(about))

        assert await session.find(MeasurementPlan) == []
        assert await session.find(ProofGuard) == []


async def test_locking_freezes_scope_foresight_guards_and_cohort(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        lay(session, about, weekly(steady(40, 1, BEFORE)))

        id_ = await initiative(session, S.PROPOSED, "Ada", "Bob", plan=weekly_plan(about))

        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        guards = await session.find(ProofGuard, plan_id=plan.id)
        scopes = await session.find(PlanScope, plan_id=plan.id)
        members = await session.find(PlanCohortMember, plan_id=plan.id)
        with pytest.raises(Invalid, match="locked and never changes"):
            await initiatives.plans.draft(session, id_, weekly_plan(about, practical_threshold=0.5))
        [after] = await session.find(MeasurementPlan, initiative_id=id_)
    assert (plan.baseline_periods, plan.foreseen_at) == (BEFORE, plan.locked_at)
    assert plan.detectable_effect is not None
    assert [guard.passed for guard in guards] == [True] * 4
    assert [(scope.side, scope.contact_reason_id) for scope in scopes] == [("TREATED", about)]
    assert (plan.cohort_size, len(members), after) == (2, 2, plan)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"metric_id": "BACKLOG"}, ("metricId",)),
        ({"time_zone": "Mars/Olympus"}, ("timeZone",)),
        ({"threshold_scale": EffectScale.METRIC_UNIT}, ("thresholdScale",)),
        ({"metric_id": "CES_MEAN", "exposure": Exposure.CUSTOMERS}, ("exposure",)),
        ({"secondary": ("CONTACT_RATE",)}, ("secondaryMetrics", "0", "metricId")),
        ({"secondary": ("CSAT", "CSAT")}, ("secondaryMetrics", "0", "metricId")),
        ({"secondary": ("NO_METRIC",)}, ("secondaryMetrics", "0", "metricId")),
    ],
    ids=["no series", "no zone", "no customers", "no contacts", "primary", "twice", "unknown"],
)
def test_a_plan_that_cannot_be_computed_is_refused_at_its_field(
    more: dict[str, object], field: tuple[str, ...]
) -> None:
    beside = [
        PlannedMetric(str(id_), 1, WantedDirection.INCREASE, 0.1, EffectScale.METRIC_UNIT)
        for id_ in more.pop("secondary", ())  # type: ignore[attr-defined]  # a tuple where it is given
    ]

    with pytest.raises(Invalid) as refused:
        replace(weekly_plan(None, **more), secondary=tuple(beside)).check()

    assert refused.value.field == field


async def test_sides_that_a_metric_cannot_tell_apart_are_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        id_ = await initiatives.propose(session, {"name": "More lanes", "goal": "No queues."})
        adherence = {"metric_id": "PROMISE_ADHERENCE", "threshold_scale": EffectScale.METRIC_UNIT}

        with pytest.raises(Invalid, match="touchpoints and segments only") as by_reason:
            await initiatives.plans.preview(session, id_, weekly_plan(about, **adherence))
        with pytest.raises(Invalid, match="nothing is left to compare with") as by_everything:
            await initiatives.plans.preview(session, id_, weekly_plan(None, **BESIDE_OTHERS))

        assert (by_reason.value.field, by_everything.value.field) == (("treated",), ("treated",))
        assert await session.find(MeasurementPlan) == []


async def test_a_plan_of_the_cohort_counts_its_members_only(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        lay(session, about, weekly(steady(40, 1, BEFORE)))
        id_ = await initiative(session, S.PROPOSED, "Ada")

        found = await initiatives.plans.preview(
            session, id_, weekly_plan(about, population=Population.COHORT)
        )

    assert (found.sample, found.against) == (0, ("TOO_FEW_EVENTS",))
