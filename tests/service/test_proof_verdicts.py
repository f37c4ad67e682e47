"""What may be said of a change? Guards, verdicts, whole proofs, and what could be found at all."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.initiatives.evaluations import Evaluation
from service.initiatives.proof.arms import always_valid, cuped
from service.initiatives.proof.guards import Circumstances, LevelKind, ProofReason, reasons_against
from service.initiatives.proof.power import (
    Detection,
    Horizon,
    answers_per_arm,
    answers_per_arm_of_shares,
    detectable,
    detection,
    planted,
    windows,
)
from service.initiatives.proof.proving import Case, prove
from service.initiatives.proof.series import Cut, without
from service.initiatives.proof.verdict import Finding, Judgement, Size, Support, judge, size_of
from service.initiatives.tables import ComparisonKind, EvidenceGrade, Verdict, WantedDirection
from service.metrics.definitions import Interval
from tests.service.proof_series import changed, counts, levels, noisy, windows_of

FEWER, MORE = WantedDirection.DECREASE, WantedDirection.INCREASE
ALONE = Support(EvidenceGrade.C)
STEADY = changed([20, 30, 25] * 10, [20, 30, 25] * 4)
IMPROVED, WORSENED = Judgement(Finding.IMPROVED), Judgement(Finding.WORSENED)
NO_CHANGE = Judgement(Finding.NO_CHANGE)


def size(estimate: float, low: float, high: float) -> Size:
    return Size(estimate, Interval(low, high))


def inconclusive(reason: ProofReason) -> Judgement:
    return Judgement(Finding.INCONCLUSIVE, reason)


def halving(seed: int = 1, *, after: float = 30.0) -> Cut:
    generator = np.random.default_rng(seed)
    return changed(noisy(generator, 60, 60.0).tolist(), noisy(generator, 20, after).tolist())


def case_of(one: Cut, comparison: Cut | None = None, kind: ComparisonKind = ComparisonKind.NONE) -> Case:
    other = None if comparison is None else comparison.series
    return Case(one.series, windows_of(one), FEWER, 0.1, comparison_kind=kind, comparison=other)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (size(-0.3, -0.4, -0.2), IMPROVED),
        (size(0.3, 0.2, 0.4), WORSENED),
        (size(0.02, 0.01, 0.03), WORSENED),
        (size(0.01, -0.05, 0.07), NO_CHANGE),
        (size(-0.05, -0.08, -0.02), NO_CHANGE),
        (size(-0.08, -0.14, -0.02), inconclusive(ProofReason.BELOW_THRESHOLD)),
        (size(-0.2, -0.45, 0.05), inconclusive(ProofReason.WIDE_INTERVAL)),
        (size(0.0, -0.1, 0.1), inconclusive(ProofReason.WIDE_INTERVAL)),
    ],
)
def test_an_interval_gives_its_verdict(found: Size, expected: Judgement) -> None:
    assert judge(found, 0.1, FEWER, ALONE) == expected


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0.01, 0.5))
def test_more_of_what_is_good_and_less_of_what_is_bad_are_judged_alike(
    estimate: float, half: float, threshold: float
) -> None:
    rising = size(estimate, estimate - half, estimate + half)
    falling = size(-estimate, -estimate - half, -estimate + half)

    assert judge(rising, threshold, MORE, ALONE) == judge(falling, threshold, FEWER, ALONE)


@given(st.floats(-1, 1), st.floats(0, 1), st.sampled_from(WantedDirection))
def test_before_and_after_proves_nothing(estimate: float, half: float, direction: WantedDirection) -> None:
    found = judge(size(estimate, estimate - half, estimate + half), 0.1, direction, Support(EvidenceGrade.D))

    assert found == inconclusive(ProofReason.BEFORE_AFTER_ONLY)


@pytest.mark.parametrize(
    ("support", "expected"),
    [
        (replace(ALONE, relative=size(-0.1, -0.3, 0.1)), IMPROVED),
        (replace(ALONE, relative=size(0.1, -0.1, 0.3)), inconclusive(ProofReason.CONTROL_DISAGREES)),
        (replace(ALONE, is_parallel=False), inconclusive(ProofReason.CONTROL_NOT_PARALLEL)),
        (replace(ALONE, is_convincing=False), inconclusive(ProofReason.PLACEBO_RANK)),
        (replace(ALONE, survives=False), inconclusive(ProofReason.MANY_METRICS)),
    ],
)
def test_what_speaks_against_an_improvement_is_named(support: Support, expected: Judgement) -> None:
    assert judge(size(-0.3, -0.4, -0.2), 0.1, FEWER, support) == expected


def test_a_series_that_is_long_full_and_whole_passes_the_guards() -> None:
    assert reasons_against(STEADY) == ()


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (changed([20] * 23, [20] * 8), ProofReason.TOO_FEW_PERIODS),
        (changed([20] * 24, [20] * 7), ProofReason.TOO_FEW_PERIODS),
        (changed([4] * 30, [20] * 12), ProofReason.TOO_FEW_EVENTS),
        (changed([5] * 30, [20] * 9), ProofReason.TOO_FEW_EVENTS),
        (Cut(without(STEADY.series, frozenset({STEADY.series.starts[3]})), 30), ProofReason.DATA_GAP),
    ],
    ids=["23 before", "7 after", "4 a week", "45 expected", "a week is missing"],
)
def test_a_series_that_cannot_carry_a_verdict_says_why(cut: Cut, expected: ProofReason) -> None:
    assert reasons_against(cut) == (expected,)


def test_a_change_that_ends_all_events_is_not_too_few_of_them() -> None:
    assert reasons_against(changed([20] * 30, [0] * 12)) == ()


@pytest.mark.parametrize(
    ("circumstances", "expected"),
    [
        (Circumstances(definition_changed=True), ProofReason.DATA_GAP),
        (Circumstances(source_first_seen=STEADY.series.starts[1]), ProofReason.DATA_GAP),
        (Circumstances(other_initiatives=True), ProofReason.CONFOUNDED),
    ],
)
def test_what_happened_around_the_change_counts(circumstances: Circumstances, expected: ProofReason) -> None:
    assert reasons_against(STEADY, circumstances) == (expected,)


@pytest.mark.parametrize(
    ("kind", "value", "answers", "expected"),
    [
        (LevelKind.SHARE, 0.5, 4.0, ()),
        (LevelKind.SHARE, 0.99, 4.0, (ProofReason.TOO_FEW_EVENTS,)),
        (LevelKind.NPS, 0.3, 4.0, (ProofReason.TOO_FEW_EVENTS,)),
        (LevelKind.NPS, 0.3, 5.0, ()),
        (LevelKind.MEAN, 3.0, 2.0, (ProofReason.TOO_FEW_EVENTS,)),
    ],
)
def test_answers_must_be_enough_on_both_sides(
    kind: LevelKind, value: float, answers: float, expected: tuple[ProofReason, ...]
) -> None:
    cut = Cut(levels([value] * 40, [answers] * 40), 30)

    assert reasons_against(cut, kind=kind) == expected


def test_the_plans_own_minimum_sample_counts() -> None:
    assert reasons_against(STEADY, minimum_sample=1050) == ()
    assert reasons_against(STEADY, minimum_sample=1051) == (ProofReason.TOO_FEW_EVENTS,)


def test_a_halving_is_proven_and_recorded_as_a_share() -> None:
    case = case_of(halving())

    proof = prove(case, case.windows.evaluation_end)

    assert proof.judgement == IMPROVED
    assert proof.grade is EvidenceGrade.C
    evaluation = proof.evaluation()
    assert isinstance(evaluation, Evaluation)
    evaluation.check()
    assert evaluation.verdict is Verdict.IMPROVED
    assert evaluation.is_final
    assert evaluation.ci_low is not None
    assert evaluation.ci_high is not None
    assert evaluation.ci_low < -0.5 < evaluation.ci_high < -0.1


def test_the_verdict_waits_for_the_end() -> None:
    case = case_of(halving())

    proof = prove(case, case.windows.evaluation_end - timedelta(days=1))

    assert proof.judgement == Judgement(Finding.PENDING)
    assert proof.evaluation() is None


def test_a_guard_leaves_no_number() -> None:
    case = case_of(changed([4] * 30, [1] * 12))

    evaluation = prove(case, case.windows.evaluation_end).evaluation()

    assert evaluation == Evaluation(
        Verdict.INCONCLUSIVE,
        EvidenceGrade.C,
        sample_size=132,
        reason_code=ProofReason.TOO_FEW_EVENTS,
        is_final=True,
    )


def test_a_comparison_raises_the_grade_to_b() -> None:
    generator = np.random.default_rng(11)
    other = changed(noisy(generator, 60, 90.0).tolist(), noisy(generator, 20, 90.0).tolist())
    case = case_of(halving(), other, ComparisonKind.COMPARISON_GROUP)

    proof = prove(case, case.windows.evaluation_end)

    assert proof.grade is EvidenceGrade.B
    assert proof.relative is not None
    assert proof.judgement == IMPROVED


def test_a_comparison_that_fell_more_disagrees() -> None:
    generator = np.random.default_rng(12)
    other = changed(noisy(generator, 60, 90.0).tolist(), noisy(generator, 20, 20.0).tolist())
    case = case_of(halving(), other, ComparisonKind.STAGED_ROLLOUT)

    assert prove(case, case.windows.evaluation_end).judgement == inconclusive(ProofReason.CONTROL_DISAGREES)


def test_a_comparison_with_a_gap_proves_nothing() -> None:
    cut = halving()
    other = Cut(without(cut.series, frozenset({cut.series.starts[70]})), cut.before)
    case = case_of(cut, other, ComparisonKind.COMPARISON_GROUP)

    assert prove(case, case.windows.evaluation_end).judgement == inconclusive(ProofReason.DATA_GAP)


def test_randomised_arms_are_grade_a() -> None:
    case = case_of(halving(), halving(13, after=60.0), ComparisonKind.RANDOMISED)

    proof = prove(case, case.windows.evaluation_end)

    assert proof.grade is EvidenceGrade.A
    assert proof.placebos is None
    assert proof.judgement == IMPROVED


def test_a_randomised_arm_in_which_all_events_end_is_an_improvement() -> None:
    case = case_of(changed([20, 26] * 15, [0] * 12), halving(13, after=60.0), ComparisonKind.RANDOMISED)

    proof = prove(case, case.windows.evaluation_end)

    assert (proof.grade, proof.judgement) == (EvidenceGrade.A, IMPROVED)


def test_the_end_of_all_events_is_an_improvement() -> None:
    case = case_of(changed([20, 26] * 15, [0] * 12))

    proof = prove(case, case.windows.evaluation_end)

    assert proof.judgement == IMPROVED
    assert proof.size is not None
    assert proof.size.estimate == pytest.approx(-1, abs=0.01)


def test_two_arms_need_so_many_answers() -> None:
    assert answers_per_arm_of_shares(0.80, 0.83) == 2626
    assert answers_per_arm(0.05, 0.5, 0.5) == 3140
    assert answers_per_arm(0.10, 0.5, 0.5) == 785
    with pytest.raises(ValueError, match="differ"):
        answers_per_arm(0, 0.5, 0.5)


def test_a_full_series_can_show_a_smaller_effect_than_a_thin_one() -> None:
    generator = np.random.default_rng(14)
    full, thin = (counts(noisy(generator, 60, mean).tolist()) for mean in (200.0, 8.0))
    smallest = [detectable(windows(one, Horizon(30, 15)), FEWER) for one in (full, thin)]

    assert smallest[0] is not None
    assert smallest[1] is None or smallest[0] < smallest[1]
    assert detectable(windows(full, Horizon(30, 15)), FEWER) == smallest[0]


def test_a_larger_effect_is_found_more_often() -> None:
    generator = np.random.default_rng(15)
    cuts = windows(counts(noisy(generator, 70, 60.0).tolist()), Horizon(30, 15))

    found = [detection(cuts, size, direction).found for direction in (FEWER, MORE) for size in (0.1, 0.6)]

    assert len(cuts) == 20
    assert found[0] < found[1]
    assert found[2] < found[3]


def test_a_short_series_has_no_window_and_no_smallest_effect() -> None:
    assert windows(counts([20] * 44), Horizon(30, 15)) == []
    assert windows(counts([20] * 44), Horizon(20, 8)) == []
    assert detectable([], FEWER) is None
    assert Detection(0, 0).share is None


def test_a_planted_effect_touches_only_its_side() -> None:
    generator = np.random.default_rng(16)
    fewer, more = (planted(STEADY, 0.9, direction, generator) for direction in (FEWER, MORE))
    higher = planted(Cut(levels([0.5] * 40, [9.0] * 40), 30), 0.1, MORE, generator)

    assert fewer.baseline() == STEADY.baseline()
    assert more.following() == STEADY.following()
    assert sum(value or 0 for value in fewer.following().values) < 75
    assert higher.following().values == pytest.approx([0.6] * 10)


def test_a_relative_size_is_exact_at_both_ends() -> None:
    proof = prove(case_of(halving()), windows_of(halving()).evaluation_end)

    assert proof.effect is not None
    assert proof.size == size_of(proof.effect, halving().series.measure)
    assert proof.size is not None
    assert proof.size.interval.low == pytest.approx(np.expm1(proof.effect.interval().low))


def test_what_was_known_before_takes_noise_out_and_leaves_the_mean() -> None:
    generator = np.random.default_rng(17)
    earlier = generator.normal(50, 10, 2000)
    values = 2 * earlier + generator.normal(0, 10, 2000)

    adjusted = cuped(values, earlier)

    assert adjusted.theta == pytest.approx(2, abs=0.05)
    assert adjusted.values.mean() == pytest.approx(values.mean())
    assert adjusted.values.var() / values.var() == pytest.approx(1 - adjusted.correlation**2)


def test_earlier_values_that_do_not_vary_take_nothing_out() -> None:
    values = np.array([1.0, 2.0, 3.0])

    assert cuped(values, np.ones(3)).values.tolist() == [1.0, 2.0, 3.0]
    assert cuped(np.array([]), np.array([])).theta == 0
    with pytest.raises(ValueError, match="earlier"):
        cuped(values, np.ones(2))


def test_looking_at_every_answer_stays_honest() -> None:
    generator = np.random.default_rng(18)
    pairs = np.arange(1.0, 1001.0)
    fooled_naive = fooled = 0
    for _ in range(200):
        means = generator.normal(0, 1, 1000).cumsum() / pairs
        fooled += always_valid(means, pairs, 1.0, typical=0.1)[-1] < 0.05
        fooled_naive += bool((np.abs(means) * np.sqrt(pairs) > 1.96).any())

    assert fooled_naive / 200 > 0.3
    assert fooled / 200 <= 0.05


def test_a_sequential_probability_follows_its_formula_and_never_rises() -> None:
    found = always_valid(np.array([0.1, 0.5, 0.0]), np.array([10.0, 100.0, 200.0]), 2.0, typical=1.0)

    likelihood = np.sqrt(2 / 102) * np.exp(100**2 * 0.5**2 / (2 * 2 * 102))
    assert found == pytest.approx((1.0, 1 / likelihood, 1 / likelihood))
    assert always_valid(np.array([]), np.array([]), 2.0, typical=1.0) == ()
