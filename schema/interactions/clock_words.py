"""What do the closed sets of promises and clocks mean? A sentence for every value."""

from schema.ground.fields import closed_set
from service.interactions.clocks import tables

closed_set(
    tables.Weekday,
    "A day of the week.",
    MONDAY="The first day of the week.",
    TUESDAY="The second day of the week.",
    WEDNESDAY="The third day of the week.",
    THURSDAY="The fourth day of the week.",
    FRIDAY="The fifth day of the week.",
    SATURDAY="The sixth day of the week.",
    SUNDAY="The seventh day of the week.",
)
closed_set(
    tables.ClockTarget,
    "What a customer is promised by a certain time.",
    FIRST_RESPONSE="A person's first public answer to what the customer asked.",
    NEXT_RESPONSE="A person's answer to what the customer wrote afterwards, or to a reopening.",
    FIRST_RESOLUTION="The first resolution; a reopening leaves it as it is.",
    FULL_RESOLUTION="The resolution that lasts; after a reopening it goes on where it stopped.",
    UPDATE="The next news from a person, after each public answer.",
)
closed_set(
    tables.ClockState,
    "Where a clock stands.",
    PENDING="It has time left, or waits.",
    IMMINENT="Its time is nearly used up.",
    BREACHED="Its time was used up before it happened; also once it happened late.",
    ACHIEVED="It happened in time.",
    CANCELLED="Nobody waits for it any more.",
)
closed_set(
    tables.ClockReason,
    "Why a clock runs, waits or has stopped.",
    NOT_ANSWERED="It runs: the customer has no answer of a person yet.",
    NOT_RESOLVED="It runs: the matter is not resolved.",
    NOT_UPDATED="It runs: the customer waits for the next news.",
    WAITING_ON_CUSTOMER="It waits: the customer has to answer first.",
    ON_HOLD="It waits: somebody or something else has to come first.",
    ANSWERED="It stopped: a person answered publicly.",
    RESOLVED="It stopped, or waited: the matter was resolved.",
    CLOSED="It stopped, or waited: the matter was closed without being resolved.",
    ABANDONED="It stopped: the customer gave up.",
    NOT_PROMISED="It stopped: no policy promises it any more.",
)
closed_set(
    tables.SlaCriterion,
    "What of a matter a policy looks at.",
    CHANNEL="The way by which it came.",
    PRIORITY="How soon it needs attention.",
    ORIGIN="Who made the first step.",
    REASON_KIND="What kind of contact its reason stands for.",
    CONTACT_REASON="The key of what it is mainly about.",
    TEAM="The key of the team that has it.",
    ACCOUNT_TIER="The tier of the customer's account.",
)
