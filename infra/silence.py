"""Who never answered? What waits for customers is closed when its window is over."""

from collections.abc import Mapping

from infra.database import Database
from infra.everywhere import Step, until_nothing_is_left
from service import loops
from service.ground.actor import Actor

WAITING: Mapping[str, Step] = {
    "recoveries unconfirmed": loops.recoveries.close_silent,
    "follow-ups without reply": loops.follow_ups.close_silent,
}
"""What waits for customers, each with what ends the waiting; one transaction closes a portion of it."""


async def work(database: Database, system: Actor) -> dict[str, int]:
    """Closes what the customers of one tenant did not answer in time; returns how many of each kind."""
    return {kind: await until_nothing_is_left(database, system, close) for kind, close in WAITING.items()}
