"""What does a ledger mean for those who wait? When each clock starts and when it stops."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from service.interactions.clocks.tables import ClockReason, ClockTarget
from service.interactions.rules import OVER, STATUS_OF, Entry
from service.interactions.tables import InteractionStatus, LedgerType, Origin, Party

ANSWERS = (ClockTarget.FIRST_RESPONSE, ClockTarget.NEXT_RESPONSE, ClockTarget.UPDATE)
"""What a person's public message fulfils."""


@dataclass(frozen=True, slots=True)
class Run:
    """One promise from its start to its stop, which fulfils or cancels it; without a stop it goes on."""

    target: ClockTarget
    number: int
    started_at: datetime
    stopped_at: datetime | None = None
    why: ClockReason | None = None
    achieved: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """The status a matter has from a moment on."""

    at: datetime
    status: InteractionStatus


@dataclass(frozen=True, slots=True)
class Story:
    """All clocks of a matter, and the statuses that may let them wait."""

    runs: tuple[Run, ...]
    moves: tuple[Move, ...]


class _Fact(Enum):
    ASKED = auto()
    ANSWERED = auto()
    ABANDONED = auto()


MEANING = {Party.CUSTOMER: _Fact.ASKED, Party.AGENT: _Fact.ANSWERED}
"""Whose messages count. A bot's answer and an automatic receipt help nobody who waits for a person."""


@dataclass(slots=True)
class _Teller:
    """Follows what happened, in the order of time."""

    opened_at: datetime
    runs: dict[ClockTarget, list[Run]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)

    @property
    def status(self) -> InteractionStatus:
        return self.moves[-1].status

    def start(self, target: ClockTarget, at: datetime) -> None:
        """Start a clock, unless it runs."""
        runs = self.runs.setdefault(target, [])
        if not runs or runs[-1].stopped_at is not None:
            runs.append(Run(target, len(runs) + 1, at))

    def stop(self, target: ClockTarget, at: datetime, why: ClockReason, *, achieved: bool = False) -> None:
        """Stop a clock, if it runs."""
        runs = self.runs.get(target, [])
        if runs and runs[-1].stopped_at is None:
            runs[-1] = Run(target, runs[-1].number, runs[-1].started_at, at, why, achieved)

    def resume(self, target: ClockTarget) -> None:
        """Let a clock go on as if it had never stopped; it waits for as long as the matter is over."""
        runs = self.runs[target]
        runs[-1] = Run(target, runs[-1].number, runs[-1].started_at)

    def follow(self, at: datetime, fact: _Fact | InteractionStatus) -> None:
        match fact:
            case _Fact.ASKED:
                self.asked(at)
            case _Fact.ANSWERED:
                self.answered(at)
            case _Fact.ABANDONED:
                for target in ANSWERS:
                    self.stop(target, at, ClockReason.ABANDONED)
            case InteractionStatus():
                self.moved(at, fact)

    def asked(self, at: datetime) -> None:
        """The customer wrote; thanks for what is over ask for nothing."""
        if self.status in OVER:
            return
        first = self.runs.get(ClockTarget.FIRST_RESPONSE)
        if first is None:
            self.start(ClockTarget.FIRST_RESPONSE, at)
        elif first[-1].stopped_at is not None:
            self.start(ClockTarget.NEXT_RESPONSE, at)

    def answered(self, at: datetime) -> None:
        """A person of the organisation wrote to the customer, who now waits for the next news."""
        for target in ANSWERS:
            self.stop(target, at, ClockReason.ANSWERED, achieved=True)
        if self.status not in OVER:
            self.start(ClockTarget.UPDATE, at)

    def moved(self, at: datetime, status: InteractionStatus) -> None:
        before = self.status
        self.moves.append(Move(at, status))
        if status in OVER:
            self._end(at, status)
        elif before in OVER:
            self.resume(ClockTarget.FULL_RESOLUTION)
            self.start(ClockTarget.NEXT_RESPONSE, at)

    def _end(self, at: datetime, status: InteractionStatus) -> None:
        why = ClockReason(status)
        for target in ANSWERS:
            self.stop(target, at, why)
        for target in (ClockTarget.FIRST_RESOLUTION, ClockTarget.FULL_RESOLUTION):
            self.stop(target, at, why, achieved=status is InteractionStatus.RESOLVED)


def tell(opened_at: datetime, origin: Origin, entries: Iterable[Entry]) -> Story:
    """Return when the clocks of a matter start and stop, by its ledger in the order of its positions.

    Where the organisation made the first step, nobody waits for a first response until the customer writes.
    """
    teller = _Teller(opened_at, moves=[Move(opened_at, InteractionStatus.NEW)])
    if origin is Origin.REACTIVE:
        teller.start(ClockTarget.FIRST_RESPONSE, opened_at)
    teller.start(ClockTarget.FIRST_RESOLUTION, opened_at)
    teller.start(ClockTarget.FULL_RESOLUTION, opened_at)
    for at, fact in _in_time(_facts(opened_at, entries)):
        teller.follow(at, fact)
    runs = (run for target in ClockTarget for run in teller.runs.get(target, []))
    return Story(tuple(runs), tuple(teller.moves))


def _in_time(
    facts: Iterator[tuple[datetime, _Fact | InteractionStatus]],
) -> Sequence[tuple[datetime, _Fact | InteractionStatus]]:
    """Return the facts in the order of time; what happened together stays in the ledger's order."""
    return sorted(facts, key=lambda fact: fact[0])


def _facts(
    opened_at: datetime, entries: Iterable[Entry]
) -> Iterator[tuple[datetime, _Fact | InteractionStatus]]:
    """Yield what the entries mean.

    A message counts when it was written, however late it was recorded. Statuses follow each other as they
    were recorded, so that the last one recorded is the status.
    """
    moved_at = opened_at
    for entry in entries:
        fact = _fact(entry)
        if fact is not None and entry.occurred_at >= opened_at:
            yield entry.occurred_at, fact
        status = entry.status or STATUS_OF.get(entry.type)
        if status is not None:
            moved_at = max(moved_at, entry.occurred_at)
            yield moved_at, status


def _fact(entry: Entry) -> _Fact | None:
    if entry.type is LedgerType.ABANDONED:
        return _Fact.ABANDONED
    return next((fact for party, fact in MEANING.items() if entry.is_said_by(party)), None)
