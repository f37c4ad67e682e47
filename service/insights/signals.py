"""Which signal is meant? An interaction, feedback or a touchpoint event, with the words copied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from service.feedback.tables import Feedback
from service.ground.problems import Invalid, LimitExceeded, NotFound
from service.ground.session import Row, Session
from service.ground.tables import TenantRow
from service.insights.rules import MOST_IMPORTANT
from service.interactions.tables import Interaction
from service.touchpoints.tables import TouchpointEvent

MOST_SIGNALS = 100
COLUMNS = ("interaction_id", "feedback_id", "touchpoint_event_id")
SOURCES: Mapping[str, tuple[type[TenantRow], tuple[str, ...]]] = MappingProxyType(
    {
        "interaction_id": (Interaction, ("customer_id",)),
        "feedback_id": (Feedback, ("customer_id", "verbatim")),
        "touchpoint_event_id": (TouchpointEvent, ("customer_id",)),
    }
)
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "interaction_id": "interactionId",
        "feedback_id": "feedbackId",
        "touchpoint_event_id": "touchpointEventId",
    }
)


@dataclass(frozen=True, slots=True)
class Signal:
    """Names a signal by the column that points to it; `importance` runs from 0 (a remark) to 3 (critical)."""

    column: str
    id: UUID
    quote: str | None = None
    importance: int = 1

    @property
    def key(self) -> tuple[str, UUID]:
        """What makes two signals the same."""
        return self.column, self.id

    def columns(self) -> dict[str, object]:
        """Return the signal as the columns of a row."""
        ids = {name: self.id if name == self.column else None for name in COLUMNS}
        return {**ids, "quote": self.quote, "importance": self.importance}


@dataclass(frozen=True, slots=True)
class FoundSignal:
    """A signal that exists, and whose it is; the quote is filled in from what the customer wrote."""

    signal: Signal
    customer_id: UUID | None


def signal_of(row: Any) -> Signal:  # noqa: ANN401 - evidence, or a signal of an elevation: both have the columns
    """Return the signal that a row points to."""
    column = next(name for name in COLUMNS if getattr(row, name) is not None)
    return Signal(column, getattr(row, column), row.quote, row.importance)


async def find_all(session: Session, signals: Sequence[Signal], *field: str) -> list[FoundSignal]:
    """Look the signals up, one statement a kind; one that is named twice is found once.

    Raises LimitExceeded for too many, NotFound for an unknown one, Invalid for an importance outside 0 to 3
    and for a quote that is not in the feedback's own words, each placed beneath `field`.
    """
    if len(signals) > MOST_SIGNALS:
        raise LimitExceeded(*field, limit=MOST_SIGNALS, things="signals", found=len(signals))
    stored = {column: await _look_up(session, column, signals) for column in SOURCES}
    found: dict[tuple[str, UUID], FoundSignal] = {}
    for number, signal in enumerate(signals):
        row = stored[signal.column].get((signal.id,))
        if row is None:
            thing = SOURCES[signal.column][0].__name__
            raise NotFound(*field, number, FIELDS[signal.column], thing=thing, key="id")
        found.setdefault(signal.key, _found(signal, row, *field, number))
    return list(found.values())


async def _look_up(session: Session, column: str, signals: Sequence[Signal]) -> dict[tuple[object, ...], Row]:
    model, wanted = SOURCES[column]
    return await session.lookup(
        model, ("id",), [(one.id,) for one in signals if one.column == column], wanted
    )


def _found(signal: Signal, row: Row, *field: str | int) -> FoundSignal:
    if not 0 <= signal.importance <= MOST_IMPORTANT:
        raise Invalid(*field, "importance", reason=f"The importance runs from 0 to {MOST_IMPORTANT}.")
    if signal.column != "feedback_id":
        return FoundSignal(signal, row["customer_id"])
    words = row["verbatim"]
    if signal.quote is not None and signal.quote not in (words or ""):
        raise Invalid(
            *field, "quote", reason="A quote is copied letter by letter from the customer's own words."
        )
    quoted = Signal(signal.column, signal.id, signal.quote or words, signal.importance)
    return FoundSignal(quoted, row["customer_id"])
