"""Is an effect found in the rows of the graph where there is one, and nowhere else?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest

from infra.database import Database
from service import customers, initiatives
from service.customers.tables import Customer, Segment, SegmentMembership
from service.ground.actor import Actor
from service.ground.session import Session
from service.initiatives import designs
from service.initiatives.proof_tables import EvaluationMetric, EvaluationPoint
from service.initiatives.rules import PlannedMetric
from service.initiatives.scopes import Scope
from service.initiatives.tables import (
    ComparisonKind,
    EffectScale,
    EvidenceGrade,
    Initiative,
    MeasurementPlan,
    PlanBucket,
    PlanCohortMember,
    WantedDirection,
)
from service.insights.tables import Insight
from tests.service.changes import S, initiative, insight, insight_of
from tests.service.contacts import (
    AFTER,
    BEFORE,
    BEGINNING,
    BESIDE_OTHERS,
    CHANGE,
    END,
    halved,
    incidents_by_day,
    lay,
    midnight,
    reason,
    steady,
    weekly,
    weekly_plan,
)
from tests.service.judged import evaluated, queues


async def test_a_halving_beside_an_unchanged_comparison_is_improved_with_grade_b(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))

        found = await evaluated(session, weekly_plan(about, **BESIDE_OTHERS))

        assert (found.verdict, found.evidence_grade, found.reason_code) == ("IMPROVED", "B", None)
        assert found.ci_low is not None
        assert found.ci_high is not None
        assert found.ci_low < -0.5 < found.ci_high < 0
        assert found.comparison_estimate is not None
        assert found.comparison_estimate < 0
        assert (found.metric_id, found.method, found.effect_scale) == (
            "CONTACT_RATE",
            "INTERRUPTED_SERIES",
            "RELATIVE",
        )
        assert (found.periods_before, found.periods_after, found.threshold) == (BEFORE, AFTER, 0.1)
        row = await session.get(Initiative, found.initiative_id)
        assert (row.status, (await insight_of(session, row.id)).verified_at) == ("IMPROVED", session.now)


def arm(session: Session, key: str) -> tuple[UUID, UUID]:
    """Add a segment with one customer, who gets in touch for all of it."""
    segment_id = session.add(Segment(key=key, name=key)).id
    customer_id = session.add(Customer(display_name=key)).id
    at = midnight(BEGINNING)
    session.add(SegmentMembership(segment_id=segment_id, customer_id=customer_id, joined_at=at))
    return segment_id, customer_id


async def test_segments_that_were_drawn_by_lot_are_judged_with_grade_a(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = reason(session, "queues")
        (pilot, ada), (control, bob) = arm(session, "pilot"), arm(session, "control")
        lay(session, about, weekly(halved(steady(60, 1))), customer_id=ada)
        lay(session, about, weekly(steady(60, 2)), customer_id=bob)
        drawn = {"comparison_kind": ComparisonKind.RANDOMISED, "comparison": "Drawn by lot"}
        plan = replace(
            weekly_plan(about, **drawn),
            treated=Scope(contact_reasons=(about,), segments=(pilot,)),
            compared=Scope(contact_reasons=(about,), segments=(control,)),
        )

        found = await evaluated(session, plan)

    assert (found.verdict, found.evidence_grade, found.method) == ("IMPROVED", "A", "RANDOMISED_ARMS")
    assert (found.placebos_tried, found.comparison_estimate) == (None, None)
    assert found.estimate == pytest.approx(-0.5, abs=0.1)


async def test_the_points_show_what_was_seen_and_what_was_to_be_expected(
    database: Database, actor: Actor
) -> None:
    counts = halved(steady(40, 1))
    async with database.work(actor) as session:
        about = await queues(session, counts)
        plan = weekly_plan(about, **BESIDE_OTHERS, ramp_up_days=14)

        found = await evaluated(session, plan)

        points = await session.find(EvaluationPoint, evaluation_id=found.id)
    points.sort(key=lambda point: point.position)
    assert [point.value for point in points] == counts
    assert [point.comparison_value for point in points] == steady(60, 2)
    assert [point.phase for point in points] == ["BEFORE"] * BEFORE + ["RAMP_UP"] * 2 + ["AFTER"] * 12
    assert all((point.expected is None) == (point.phase == "RAMP_UP") for point in points)
    expected = [point.expected for point in points[BEFORE + 2 :] if point.expected]
    seen = sum(counts[BEFORE + 2 :])
    assert found.estimate == pytest.approx(seen / sum(expected) - 1, abs=0.02)


async def test_without_a_comparison_the_grade_is_c(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))

        found = await evaluated(session, weekly_plan(about))

    assert (found.verdict, found.evidence_grade, found.comparison_estimate) == ("IMPROVED", "C", None)


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
async def test_where_nothing_changed_nothing_is_claimed(database: Database, actor: Actor, seed: int) -> None:
    async with database.work(actor) as session:
        about = await queues(session, steady(40, seed), steady(60, seed + 100))

        found = await evaluated(session, weekly_plan(about, **BESIDE_OTHERS))

    assert found.verdict in {"NO_CHANGE", "INCONCLUSIVE"}
    assert (found.reason_code is None) == (found.verdict == "NO_CHANGE")


async def test_plenty_of_contacts_that_stay_as_they_are_are_no_change(
    database: Database, actor: Actor
) -> None:
    level = [100.0, 104.0, 96.0, 102.0, 98.0] * 9
    async with database.work(actor) as session:
        about = await queues(session, level[: BEFORE + AFTER])

        found = await evaluated(session, weekly_plan(about, practical_threshold=0.2))

    assert (found.verdict, found.reason_code) == ("NO_CHANGE", None)


async def test_the_worst_theme_gets_better_by_itself_and_that_is_not_claimed(
    database: Database, actor: Actor
) -> None:
    """Regression to the mean: whoever acts on an alarming month sees it pass."""
    alarming = [20.0, 22.0, 18.0, 21.0, 19.0, 20.0] * 5
    alarming[-4:] = [44.0, 52.0, 47.0, 41.0]
    calm = [20.0, 19.0, 22.0, 18.0, 21.0, 20.0, 19.0] * 2
    before, after = np.mean(alarming[-8:]), np.mean(calm[:8])
    assert after / before - 1 < -0.35  # what a before and after would praise
    async with database.work(actor) as session:
        about = await queues(session, alarming + calm)
        before_the_alarm = midnight(CHANGE - timedelta(weeks=4))

        found = await evaluated(session, weekly_plan(about, baseline_end=before_the_alarm))

    assert found.verdict in {"NO_CHANGE", "INCONCLUSIVE"}
    assert abs(found.estimate or 0) < 0.1


@pytest.mark.parametrize(
    ("more", "reason_code", "grade"),
    [
        ({"baseline_start": midnight(CHANGE - timedelta(weeks=12))}, "TOO_FEW_PERIODS", "C"),
        ({"minimum_sample": 10_000}, "TOO_FEW_EVENTS", "C"),
        ({"baseline_start": midnight(BEGINNING - timedelta(weeks=8))}, "DATA_GAP", "C"),
        (
            {
                "bucket": PlanBucket.MONTH,
                "baseline_start": midnight(date(2025, 6, 1)),
                "baseline_end": midnight(date(2025, 7, 1)),
                "evaluation_end": midnight(date(2025, 11, 1)),
            },
            "BEFORE_AFTER_ONLY",
            "D",
        ),
    ],
    ids=["short", "small", "younger source", "bare before and after"],
)
async def test_a_guard_says_why_nothing_can_be_said(
    database: Database, actor: Actor, more: Mapping[str, object], reason_code: str, grade: str
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))

        found = await evaluated(session, weekly_plan(about, **more))

    assert (found.verdict, found.reason_code, found.evidence_grade) == ("INCONCLUSIVE", reason_code, grade)


async def test_further_metrics_are_corrected_for_their_number_and_set_no_verdict(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        beside = (
            PlannedMetric("REOPEN_RATE", 1, WantedDirection.DECREASE, 0.03, EffectScale.METRIC_UNIT),
            PlannedMetric("FULL_RESOLUTION", 1, WantedDirection.DECREASE, 0.1, EffectScale.RELATIVE),
        )

        found = await evaluated(session, weekly_plan(about, secondary=beside))

        rows = await session.find(EvaluationMetric, evaluation_id=found.id)
    assert found.verdict == "IMPROVED"
    assert [
        (row.metric_id, row.verdict, row.sample_size) for row in sorted(rows, key=lambda r: r.position)
    ] == [
        ("REOPEN_RATE", "INCONCLUSIVE", 0),
        ("FULL_RESOLUTION", "INCONCLUSIVE", 0),
    ]


async def test_the_cohort_survives_a_merge(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, steady(40, 1))
        id_ = await initiative(session, S.PLANNED, "Ada", "Bob", plan=weekly_plan(about))
        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        ada, bob = [row.customer_id for row in await session.find(PlanCohortMember, plan_id=plan.id)]

        await customers.merge(session, ada, bob, "One person.")

        members = await session.find(PlanCohortMember, plan_id=plan.id)
    assert ([member.customer_id for member in members], plan.cohort_size) == ([ada, ada], 2)


async def test_reasons_beneath_a_treated_one_are_treated(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        above = reason(session, "travel")
        lay(session, reason(session, "queues", above), weekly(halved(steady(40, 1))))
        lay(session, reason(session, "parking"), weekly(steady(60, 2)))

        found = await evaluated(session, weekly_plan(above))

    assert (found.verdict, found.evidence_grade) == ("IMPROVED", EvidenceGrade.C)


async def test_without_a_scope_a_locked_plan_keeps_where_its_insights_were_pinned(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        id_ = await proposed(session, about)
        await initiatives.plans.draft(session, id_, weekly_plan(None))
        [row] = await session.find(MeasurementPlan, initiative_id=id_)
        assert (await designs.stored(session, row)).treated == Scope()

        await initiatives.plans.lock(session, id_)
        await session.change(await insight_of(session, id_), contact_reason_id=None)

        assert (await designs.stored(session, row)).treated == Scope(contact_reasons=(about,))


async def proposed(session: Session, about: UUID) -> UUID:
    """Propose an initiative for an insight about a contact reason."""
    pinned = await insight(session)
    await session.change(await session.get(Insight, pinned), contact_reason_id=about)
    return await initiatives.propose(session, {"name": "More lanes"}, insight_ids=[pinned])


def thinned(days: Mapping[date, int], change: date, seed: int) -> Mapping[date, int]:
    """Remove half of the contacts from a day on by chance."""
    generator = np.random.default_rng(seed)
    return {day: int(generator.binomial(n, 0.5)) if day >= change else n for day, n in sorted(days.items())}


async def test_halvings_of_real_incidents_are_found_from_day_to_day(database: Database, actor: Actor) -> None:
    """Six categories of the service desk's log, each as a thinned copy beside all the others as they were."""
    counts = incidents_by_day()
    largest = sorted(counts, key=lambda key: -counts[key].total())[:7]
    change, end = date(2016, 4, 18), date(2016, 5, 27)
    plan = {
        **BESIDE_OTHERS,
        "bucket": PlanBucket.DAY,
        "baseline_start": midnight(date(2016, 3, 1)),
        "baseline_end": midnight(change),
        "starts_at": midnight(change),
        "evaluation_end": midnight(end),
    }
    found = []
    async with database.work(actor) as session:
        ids = {category: reason(session, f"category-{category}") for category in counts}
        for category, days in counts.items():
            lay(session, ids[category], days)
        for category in largest:
            copy = reason(session, f"thinned-{category}")
            lay(session, copy, thinned(counts[category], change, 3))
            others = Scope(contact_reasons=tuple(id_ for key, id_ in ids.items() if key != category))
            found.append(await evaluated(session, weekly_plan(copy, compared=others, **plan)))

    assert [one.verdict for one in found] == ["INCONCLUSIVE", *["IMPROVED"] * 6]
    assert [one.reason_code for one in found] == ["CONTROL_NOT_PARALLEL", *[None] * 6]
    assert {one.evidence_grade for one in found} == {"B"}
    assert all(one.ci_low is not None and one.ci_low < -0.5 for one in found)
    assert all(one.ci_high is not None and -0.5 < one.ci_high < 0 for one in found)


def test_the_windows_of_a_plan_end_with_its_days() -> None:
    plan = weekly_plan(None, time_zone="America/New_York")

    windows = plan.windows()

    assert (windows.baseline_start, windows.baseline_end) == (BEGINNING, CHANGE - timedelta(days=1))
    assert (windows.resumes_at, windows.evaluation_end) == (CHANGE, END - timedelta(days=1))
