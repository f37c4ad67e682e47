"""Who is told of a clock? Whoever listens to events: once when it is imminent, once when it is breached."""

from typing import Any

from service.ground.session import Row, Session
from service.interactions.clocks.tables import ClockState


class Notices:
    """Emits what is to be told, and keeps in the clock that it was."""

    def __init__(self, session: Session) -> None:
        """Tell through this transaction."""
        self._session = session

    def due(self, matter: Row, clock: Row, before: Row | None) -> dict[str, Any]:
        """Emit what has not been told of a clock yet; return when each was told."""
        imminent = before["imminent_told_at"] if before else None
        breach = before["breach_told_at"] if before else None
        if clock["state"] is ClockState.IMMINENT and imminent is None:
            self._emit("clock.imminent", matter, clock)
            imminent = self._session.now
        if clock["breached_at"] is not None and breach is None:
            self._emit("clock.breached", matter, clock)
            breach = self._session.now
        elif clock["breached_at"] is None and breach is not None:
            # An answer that was recorded late came in time after all.
            self._emit("clock.breach_withdrawn", matter, clock)
            breach = None
        return {"imminent_told_at": imminent, "breach_told_at": breach}

    def _emit(self, type_: str, matter: Row, clock: Row) -> None:
        ids = {"customer": "customer_id", "contactReason": "contact_reason_id", "team": "team_id"}
        self._session.emit(
            type_,
            clock["id"],
            interaction=str(matter["id"]),
            target=clock["target"],
            number=clock["number"],
            dueAt=clock["due_at"] and clock["due_at"].isoformat(),
            channel=matter["channel"],
            priority=matter["priority"],
            **{name: matter[column] and str(matter[column]) for name, column in ids.items()},
        )
