"""Was the promise kept? A service standard is a threshold: at most so many seconds, at least such a score."""

from typing import assert_never

from service.touchpoints.tables import StandardMeasure, Unmatched


def keeps_standard(
    measure: StandardMeasure | None, threshold: float | None, measured: float | None
) -> bool | None:
    """Tell whether a measured value keeps the standard; None where nothing is promised or measured."""
    if measure is None or threshold is None or measured is None:
        return None
    match StandardMeasure(measure):
        case StandardMeasure.SECONDS:
            return measured <= threshold
        case StandardMeasure.SCORE:
            return measured >= threshold
        case never:
            assert_never(never)


def what_is_unmatched(*, customer: bool, touchpoint: bool) -> Unmatched | None:
    """Return the name for what is unmatched, None for nothing."""
    if customer:
        return Unmatched.BOTH if touchpoint else Unmatched.CUSTOMER
    return Unmatched.TOUCHPOINT if touchpoint else None
