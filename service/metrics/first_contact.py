"""Was it solved the first time? First contact resolution, reopening and repeat contact."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from service.metrics import outcomes
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    Parameter,
)
from service.metrics.outcomes import Outcome, Readings, Sums, Tallied
from service.metrics.proportions import share

WINDOW = timedelta(days=7)
WINDOW_DAYS = Parameter("window_days", WINDOW.days, "How long after it another contact counts as its repeat.")
FCR = Definition(
    id="FCR",
    name="First contact resolution",
    family=MetricFamily.SERVICE,
    formula="resolved interactions without reopening or another contact of the same customer for the same "
    "reason within the window / resolved interactions of known customers that are older than the window",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Operational FCR; interval: Wilson 1927",
    most=1,
    parameters=(WINDOW_DAYS,),
    empty="No value where nothing resolved is older than the window: MATURING.",
)
FCR_SURVEY = Definition(
    id="FCR_SURVEY",
    name="First contact resolution, as customers say",
    family=MetricFamily.SERVICE,
    formula="answers that say it was resolved at the first contact / answers that say whether it was",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Survey FCR, never mixed with FCR; interval: Wilson 1927",
    most=1,
)
RECEIVED_ONCE = Definition(
    id="RECEIVED_ONCE",
    name="Contacts received once",
    family=MetricFamily.SERVICE,
    formula="contacts of customers who made only one / contacts",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Call Center Decoded, First Call Resolution; interval: Wilson 1927",
    most=1,
)
REPEAT_CONTACT = Definition(
    id="REPEAT_CONTACT",
    name="Repeat contact rate",
    family=MetricFamily.SERVICE,
    formula="contacts that follow one of the same customer for the same reason within the window / "
    "contacts of known customers",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="The later contact is the repeat; interval: Wilson 1927",
    most=1,
    parameters=(WINDOW_DAYS,),
)
REOPEN_RATE = Definition(
    id="REOPEN_RATE",
    name="Reopen rate",
    family=MetricFamily.SERVICE,
    formula="interactions that were reopened at least once within the window / interactions resolved",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Kaizo, Ticket reopens: interactions are counted, not reopenings; interval: Wilson 1927",
    most=1,
    parameters=(Parameter("window_days", 30, "How long after its resolution a reopening counts."),),
)


def is_solved_at_once(
    resolved_at: datetime, next_trouble_at: datetime | None, now: datetime, window: timedelta = WINDOW
) -> bool | None:
    """Tell whether a resolution held; None while its window has not passed and nothing has happened.

    `next_trouble_at` is when it was reopened, or the customer came again for the same reason: the earlier.
    """
    ends = resolved_at + window
    if next_trouble_at is not None and next_trouble_at < ends:
        return False
    return None if now < ends else True


def is_repeat(previous_at: datetime | None, at: datetime, window: timedelta = WINDOW) -> bool:
    """Tell whether a contact repeats the customer's previous one for the same reason."""
    return previous_at is not None and at < previous_at + window


def first_contact_resolution(judged: Iterable[bool | None]) -> Measured:
    """Return the share of resolutions that held; those that are not judged yet are in neither count."""
    known = [each for each in judged if each is not None]
    return share(sum(known), len(known))


def received_once(callers: Iterable[str]) -> Measured:
    """Return the share of contacts whose caller made no other."""
    counts = Counter(callers)
    return share(sum(1 for count in counts.values() if count == 1), counts.total())


def rate(hits: int, n: int) -> Measured:
    """Return reopened of resolved, repeats of contacts, or resolved of answers."""
    return share(hits, n)


def _share(sums: Sums) -> Outcome:
    return outcomes.share(sums("hits"), sums("n"))


def _reopened(sums: Sums) -> Outcome:
    """Compute `rate` over all that was resolved at least once."""
    good, first = "RESOLVED_FOR_GOOD", "RESOLVED_AT_FIRST"
    hits = sums("hits", good) + sums("hits", first)
    return outcomes.share(hits, sums("n", good) + sums("n", first))


READINGS: Readings = {
    FCR.id: Tallied(("SOLVED_AT_ONCE",), _share, maturing_days=WINDOW.days),
    FCR_SURVEY.id: Tallied(("SAID_SOLVED_AT_ONCE",), _share),
    RECEIVED_ONCE.id: Tallied(("RECEIVED_ONCE",), _share),
    REPEAT_CONTACT.id: Tallied(("REPEATED",), _share),
    REOPEN_RATE.id: Tallied(("RESOLVED_FOR_GOOD", "RESOLVED_AT_FIRST"), _reopened, maturing_days=30),
}
