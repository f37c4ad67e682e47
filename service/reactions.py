"""What follows from what? This event calls that write, in the same transaction; nothing else is said."""

from collections.abc import Awaitable, Callable, Mapping

from service import touchpoints
from service.ground.events import Event
from service.ground.session import Session

Reaction = Callable[[Session, Event], Awaitable[None]]

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "journey.drafted": (touchpoints.carry_over,),
}


async def follow(session: Session) -> None:
    """Let everything react to what this transaction has emitted, until nothing new happens."""
    while session.events:
        event = session.events.pop(0)
        for react in REACTIONS.get(event.type, ()):
            await react(session, event)
