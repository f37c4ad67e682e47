"""Is it worth looking again, and how sure must a further look be? Levels, ends, how often it is fooled."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.initiatives.proof.guards import Circumstances, ProofReason
from service.initiatives.proof.looks import CURES, FIRST_LOOK, MOST_LOOKS, confidence_of, ended
from service.initiatives.proof.proving import Case, prove
from service.initiatives.proof.series import Cut, Windows, without
from service.initiatives.tables import ComparisonKind, LooksEnded, WantedDirection
from tests.operating_looks import CLAIMS, over_looks, simulated, the_same
from tests.service.proof_series import changed, windows_of

ENOUGH = changed([20, 30, 25] * 10, [20, 30, 25] * 3)


def case_of(one: Cut, **more: object) -> Case:
    case = Case(one.series, windows_of(one), WantedDirection.DECREASE, 0.1)
    return replace(case, **more)  # type: ignore[arg-type]  # the values of several types are those of a case


def looks_at(one: Cut) -> list[Windows]:
    first = windows_of(one)
    return [replace(first, evaluation_end=first.resumes_at + n * first.after) for n in (1, 2, 3)]


def ended_at(look: int, reason: ProofReason | None, one: Cut = ENOUGH, **more: object) -> LooksEnded | None:
    return ended(case_of(one, **more), reason, look, looks_at(one))


def test_each_look_halves_the_chance_to_err_so_that_all_together_err_in_8_75_percent() -> None:
    levels = [confidence_of(look) for look in range(FIRST_LOOK, MOST_LOOKS + 1)]

    assert levels == pytest.approx([0.95, 0.975, 0.9875], abs=1e-12)
    assert sum(1 - level for level in levels) == pytest.approx(0.0875)


@pytest.mark.parametrize("kind", [ComparisonKind.NONE, ComparisonKind.RANDOMISED])
def test_the_intervals_of_a_later_look_are_wider(kind: ComparisonKind) -> None:
    other = changed([25, 20, 30] * 10, [25, 20, 30] * 3).series
    wide = [
        case_of(ENOUGH, confidence=confidence_of(look), comparison_kind=kind, comparison=other)
        for look in (1, 2, 3)
    ]

    sizes = [prove(case, case.windows.evaluation_end).size for case in wide]

    widths = [size.interval.high - size.interval.low for size in sizes if size]
    assert widths == sorted(set(widths))
    assert len({size.estimate for size in sizes if size}) == 1


def test_a_bare_before_and_after_is_as_unsure_as_its_look() -> None:
    bare = changed([20, 30, 25] * 10, [20])
    sizes = [
        prove(case_of(bare, confidence=level), windows_of(bare).evaluation_end).size
        for level in (0.95, 0.975)
    ]

    widths = [size.interval.high - size.interval.low for size in sizes if size]
    assert widths[0] < widths[1]


def test_it_is_settled_for_every_reason_whether_time_may_cure_it() -> None:
    assert set(CURES) == set(ProofReason)


@pytest.mark.parametrize(
    "reason",
    [
        ProofReason.WIDE_INTERVAL,
        ProofReason.BELOW_THRESHOLD,
        ProofReason.CONTROL_DISAGREES,
        ProofReason.PLACEBO_RANK,
    ],
)
def test_what_more_weeks_may_tell_is_looked_at_three_times(reason: ProofReason) -> None:
    assert [ended_at(look, reason) for look in (1, 2, 3)] == [None, None, LooksEnded.LAST_LOOK]


def test_a_verdict_ends_the_looks() -> None:
    assert [ended_at(look, None) for look in (1, 3)] == [LooksEnded.JUDGED] * 2


@pytest.mark.parametrize(
    "reason",
    [
        ProofReason.DATA_GAP,
        ProofReason.CONFOUNDED,
        ProofReason.CONTROL_NOT_PARALLEL,
        ProofReason.MANY_METRICS,
        ProofReason.NO_FIT,
    ],
)
def test_what_time_does_not_cure_is_not_looked_at_again(reason: ProofReason) -> None:
    assert ended_at(1, reason) is LooksEnded.TIME_CANNOT_HELP


@pytest.mark.parametrize(
    ("one", "reason", "expected"),
    [
        (changed([20] * 30, [20] * 3), ProofReason.TOO_FEW_PERIODS, None),
        (changed([20] * 30, [20] * 2), ProofReason.BEFORE_AFTER_ONLY, LooksEnded.TIME_CANNOT_HELP),
        (changed([20] * 23, [20] * 7), ProofReason.TOO_FEW_PERIODS, LooksEnded.TIME_CANNOT_HELP),
        (changed([5] * 30, [5] * 9), ProofReason.TOO_FEW_EVENTS, None),
        (changed([4] * 30, [9] * 9), ProofReason.TOO_FEW_EVENTS, LooksEnded.TIME_CANNOT_HELP),
    ],
    ids=["3 of 8 weeks", "6 weeks at last", "23 weeks before", "45 events expected", "4 a week before"],
)
def test_too_little_is_looked_at_again_if_it_will_be_enough(
    one: Cut, reason: ProofReason, expected: LooksEnded | None
) -> None:
    assert prove(case_of(one), windows_of(one).evaluation_end).judgement.reason is reason
    assert ended_at(1, reason, one) is expected


def test_too_few_weeks_with_a_gap_or_another_change_are_never_enough() -> None:
    short = changed([20] * 30, [20] * 4)
    gap = Cut(without(short.series, frozenset({short.series.starts[3]})), 30)
    others = Circumstances(other_initiatives=True)

    found = [
        ended_at(1, ProofReason.TOO_FEW_PERIODS, gap),
        ended_at(1, ProofReason.TOO_FEW_PERIODS, short, circumstances=others),
        ended_at(1, ProofReason.TOO_FEW_PERIODS, short, minimum_sample=10_000),
    ]

    assert found == [LooksEnded.TIME_CANNOT_HELP] * 3


def test_a_change_that_came_when_its_window_was_over_is_looked_at_again() -> None:
    whole = changed([20] * 30, [20] * 10)
    planned = windows_of(whole)
    late = replace(planned, resumes_at=planned.evaluation_end)
    each = [replace(late, evaluation_end=late.evaluation_end + n * planned.after) for n in range(3)]
    case = case_of(whole, windows=late)

    assert prove(case, late.evaluation_end).judgement.reason is ProofReason.TOO_FEW_PERIODS
    assert ended(case, ProofReason.TOO_FEW_PERIODS, 1, each) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ComparisonKind.NONE, [None, LooksEnded.BASELINE_TOO_SHORT]),
        (ComparisonKind.COMPARISON_GROUP, [None, LooksEnded.BASELINE_TOO_SHORT]),
        (ComparisonKind.RANDOMISED, [None, None]),
    ],
)
def test_a_trend_is_not_carried_on_further_than_it_was_seen(
    kind: ComparisonKind, expected: Sequence[LooksEnded | None]
) -> None:
    half = changed([20, 30, 25] * 10, [20, 30, 25] * 5)
    more = {"comparison_kind": kind, "comparison": half.series}

    assert [ended_at(look, ProofReason.WIDE_INTERVAL, half, **more) for look in (1, 2)] == expected


@pytest.mark.parametrize(("before", "arms"), [(40, False), (40, True)], ids=["one series", "two arms"])
def test_three_looks_are_fooled_no_more_often_than_is_claimed(before: int, *, arms: bool) -> None:
    quiet = simulated(before, arms=arms, n=400)

    looked = [over_looks(one) for one in quiet]
    at_once = sum(told.look == 1 and told.finding in CLAIMS for told in looked)
    at_last = sum(told.finding in CLAIMS for told in looked)

    assert max(told.look for told in looked) == MOST_LOOKS
    assert at_once <= at_last <= 0.0875 * len(quiet)
    assert sum(over_looks(one, the_same).finding in CLAIMS for one in quiet) > at_last
