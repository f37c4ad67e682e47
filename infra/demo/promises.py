"""How do the promises of the demo come in? Each calendar and each policy once; a known one stays."""

from infra.demo.asking import Ask, accepted
from infra.demo.requests import document
from infra.demo.rows import CalendarRow, PolicyRow

FIND_CALENDAR = "query($key: String!) { found: businessCalendar(key: $key) { id } }"
FIND_POLICY = "query($key: String!) { found: slaPolicy(key: $key) { id } }"


async def open_by(ask: Ask, calendar: CalendarRow) -> None:
    """Makes a calendar unless it is known; raises DemoRefused."""
    await _make(ask, FIND_CALENDAR, "businessCalendarCreate", calendar)


async def promise(ask: Ask, policy: PolicyRow) -> None:
    """Makes a policy unless it is known; raises DemoRefused."""
    await _make(ask, FIND_POLICY, "slaPolicyCreate", policy)


async def _make(ask: Ask, find: str, field: str, row: CalendarRow | PolicyRow) -> None:
    if (await ask(find, key=row["key"]))["found"] is None:
        accepted((await ask(document(field, ""), input=row))[field], field)
