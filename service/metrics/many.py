"""Which of many findings are real? The share of false ones among those kept is bounded."""

from collections.abc import Sequence

FALSE_SHARE = 0.05


def surviving(probabilities: Sequence[float], *, share: float = FALSE_SHARE) -> tuple[bool, ...]:
    """Tell for each probability (0 to 1) whether it survives (Benjamini and Hochberg 1995); empty for none.

    At most `share` of the survivors are expected to be false.
    """
    n = len(probabilities)
    ordered = sorted(probabilities)
    passing = [p for rank, p in enumerate(ordered, start=1) if p <= share * rank / n]
    limit = max(passing, default=-1.0)
    return tuple(p <= limit for p in probabilities)
