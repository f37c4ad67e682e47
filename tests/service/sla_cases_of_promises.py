"""What do clocks of resolutions show, and what when a promise changes? Worked out by hand."""

from dataclasses import replace

from tests.service.sla_ground import (
    FIRST,
    FULL,
    NEVER,
    NOTHING_PROMISED,
    OFFICE,
    RESOLUTION,
    ROUND_THE_CLOCK,
    WEEKDAYS,
    Case,
    Shows,
    at,
    hours,
    terms,
)

HOUR = terms(FIRST, 60, OFFICE)
FOUR_HOURS = terms(RESOLUTION, 240, OFFICE)
FULL_FOUR_HOURS = terms(FULL, 240, OFFICE)
LATE_SHIFT = replace(hours(WEEKDAYS, "13:00-20:00"), valid_from=at("02 12:00"))
GONE = replace(NEVER, valid_from=at("02 10:00"))
IMMINENT = terms(FIRST, 60, OFFICE, imminent=12)

RESOLUTIONS = (
    Case(
        "resolved in time",
        RESOLUTION,
        FOUR_HOURS,
        "03 12:00",
        Shows("ACHIEVED", 180, "02 13:00"),
        ["02 12:00 resolve"],
    ),
    Case(
        "waiting for the customer",
        RESOLUTION,
        FOUR_HOURS,
        "02 13:00",
        Shows("ACHIEVED", 120, "02 14:00", paused=60, why="RESOLVED"),
        ["02 10:00 wait", "02 11:00 customer", "02 11:00 go on", "02 12:00 resolve"],
    ),
    Case(
        "still waiting for the customer",
        RESOLUTION,
        FOUR_HOURS,
        "02 16:00",
        Shows("PENDING", 60, paused=360, why="WAITING_ON_CUSTOMER"),
        ["02 10:00 wait"],
    ),
    Case(
        "on hold time goes on",
        RESOLUTION,
        FOUR_HOURS,
        "02 11:00",
        Shows("PENDING", 120, "02 13:00"),
        ["02 10:00 hold"],
    ),
    Case(
        "on hold time stops where the policy says so",
        RESOLUTION,
        terms(RESOLUTION, 240, OFFICE, on_hold=True),
        "02 11:00",
        Shows("PENDING", 60, paused=60, why="ON_HOLD"),
        ["02 10:00 hold"],
    ),
    Case(
        "waiting over night",
        RESOLUTION,
        terms(RESOLUTION, 600, OFFICE),
        "03 11:00",
        Shows("PENDING", 480, "03 13:00", paused=1080),
        ["02 16:00 wait", "03 10:00 go on"],
    ),
    Case(
        "breached before it waits",
        RESOLUTION,
        FOUR_HOURS,
        "02 15:00",
        Shows("BREACHED", 300, "02 13:00", paused=60, why="WAITING_ON_CUSTOMER"),
        ["02 14:00 wait"],
    ),
    Case(
        "closed without being resolved",
        RESOLUTION,
        FOUR_HOURS,
        "02 12:00",
        Shows("CANCELLED", 60, why="CLOSED"),
        ["02 10:00 close"],
    ),
    Case(
        "a reopening leaves the first resolution alone",
        RESOLUTION,
        FOUR_HOURS,
        "02 12:00",
        Shows("ACHIEVED", 60, "02 13:00"),
        ["02 10:00 resolve", "02 11:00 reopen"],
    ),
    Case(
        "a reopening lets the full resolution go on",
        FULL,
        FULL_FOUR_HOURS,
        "02 12:00",
        Shows("PENDING", 120, "02 14:00", paused=60, why="NOT_RESOLVED"),
        ["02 10:00 resolve", "02 11:00 reopen"],
    ),
    Case(
        "resolved twice",
        FULL,
        FULL_FOUR_HOURS,
        "02 13:00",
        Shows("ACHIEVED", 150, "02 14:00", paused=60),
        ["02 10:00 resolve", "02 11:00 reopen", "02 12:30 resolve"],
    ),
    Case(
        "resolved, then closed",
        FULL,
        FULL_FOUR_HOURS,
        "02 13:00",
        Shows("ACHIEVED", 60, "02 13:00", why="RESOLVED"),
        ["02 10:00 resolve", "02 11:00 close"],
    ),
    Case(
        "closed unresolved, then reopened",
        FULL,
        FULL_FOUR_HOURS,
        "02 11:30",
        Shows("PENDING", 90, "02 14:00", paused=60),
        ["02 10:00 close", "02 11:00 reopen"],
    ),
    Case(
        "reopened the next day, and late",
        FULL,
        FULL_FOUR_HOURS,
        "03 13:00",
        Shows("BREACHED", 300, "03 12:00", paused=1380),
        ["02 10:00 resolve", "03 09:00 reopen"],
    ),
)

SWITCHES = (
    Case(
        "to a shorter promise",
        FIRST,
        [("02 09:00", terms(FIRST, 240, OFFICE)), ("02 10:00", terms(FIRST, 120, OFFICE))],
        "02 10:30",
        Shows("PENDING", 90, "02 11:00"),
    ),
    Case(
        "to a promise that is used up already",
        FIRST,
        [("02 09:00", terms(FIRST, 240, OFFICE)), ("02 10:00", terms(FIRST, 30, OFFICE))],
        "02 10:00",
        Shows("BREACHED", 60, "02 10:00"),
    ),
    Case(
        "to a longer promise",
        FIRST,
        [("02 09:00", HOUR), ("02 09:30", terms(FIRST, 240, OFFICE))],
        "02 10:30",
        Shows("PENDING", 90, "02 13:00"),
    ),
    Case(
        "to a longer promise, too late",
        FIRST,
        [("02 09:00", HOUR), ("02 11:00", terms(FIRST, 240, OFFICE))],
        "02 11:30",
        Shows("BREACHED", 150, "02 10:00"),
    ),
    Case(
        "to other hours",
        FIRST,
        [("02 16:00", terms(FIRST, 120, OFFICE)), ("02 16:30", terms(FIRST, 120, ROUND_THE_CLOCK))],
        "02 17:30",
        Shows("PENDING", 90, "02 18:00"),
        (),
        "02 16:00",
    ),
    Case(
        "to a policy without this promise",
        FIRST,
        [("02 09:00", HOUR), ("02 09:30", NOTHING_PROMISED)],
        "02 12:00",
        Shows("CANCELLED", 30, why="NOT_PROMISED"),
    ),
    Case("to no policy", FIRST, [("02 09:00", HOUR), ("02 09:30", None)], "02 12:00", Shows("CANCELLED", 30)),
    Case(
        "to no policy and back",
        FIRST,
        [("02 09:00", HOUR), ("02 09:30", None), ("02 10:30", HOUR)],
        "02 10:45",
        Shows("PENDING", 45, "02 11:00"),
    ),
    Case("promised later", FIRST, [("02 10:00", HOUR)], "02 10:30", Shows("PENDING", 30, "02 11:00")),
    Case("promised after the answer", FIRST, [("02 11:00", HOUR)], "02 12:00", None, ["02 10:00 agent"]),
    Case(
        "after a pause",
        RESOLUTION,
        [("02 09:00", FOUR_HOURS), ("02 11:30", terms(RESOLUTION, 180, OFFICE))],
        "02 12:00",
        Shows("PENDING", 120, "02 13:00", paused=60),
        ["02 10:00 wait", "02 11:00 go on"],
    ),
    Case(
        "during a pause",
        RESOLUTION,
        [("02 09:00", FOUR_HOURS), ("02 10:30", terms(RESOLUTION, 180, OFFICE))],
        "02 12:00",
        Shows("PENDING", 120, "02 13:00", paused=60),
        ["02 10:00 wait", "02 11:00 go on"],
    ),
    Case(
        "the calendar gets a late shift",
        FIRST,
        terms(FIRST, 480, OFFICE, LATE_SHIFT),
        "02 14:00",
        Shows("PENDING", 240, "02 18:00"),
    ),
    Case(
        "the calendar never opens again",
        FIRST,
        terms(FIRST, 120, OFFICE, GONE),
        "02 15:00",
        Shows("PENDING", 60),
    ),
)

WARNINGS = (
    Case("in the last fifth", FIRST, IMMINENT, "02 09:48", Shows("IMMINENT", 48, "02 10:00")),
    Case("before the last fifth", FIRST, IMMINENT, "02 09:47", Shows("PENDING", 47, "02 10:00")),
    Case("after the last fifth", FIRST, IMMINENT, "02 10:00", Shows("BREACHED", 60, "02 10:00")),
    Case(
        "waiting in the last fifth",
        RESOLUTION,
        terms(RESOLUTION, 60, OFFICE, imminent=12),
        "02 12:00",
        Shows("IMMINENT", 50, paused=130),
        ["02 09:50 wait"],
    ),
)

CASES = (*RESOLUTIONS, *SWITCHES, *WARNINGS)
