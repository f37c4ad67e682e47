"""What do trackers of work tell us? That an issue shipped, and with it the initiative it stands for."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import initiatives
from service.ground.keys import uuid7
from service.ground.problems import Invalid, NotFound, Required, Taken
from service.ground.session import Session
from service.initiatives.tables import Initiative, InitiativeStatus
from service.webhooks.endpoints import Registered, Terms
from service.webhooks.signing import shown
from service.webhooks.tables import ReceiptOutcome, Tracker, TrackerIssue, TrackerReceipt

LONGEST = 200
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SHIPPED_ALREADY = frozenset(set(InitiativeStatus) - {
    InitiativeStatus.PROPOSED, InitiativeStatus.APPROVED, InitiativeStatus.PLANNED,
    InitiativeStatus.ACTIVE, InitiativeStatus.PAUSED, InitiativeStatus.CANCELLED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """That an issue shipped, as a tracker tells it; `receipt` is its own id of the report."""

    receipt: str
    issue: str
    shipped_at: datetime
    scope: str
    reference: str | None = None


async def register(session: Session, key: str, name: str, terms: Terms) -> Registered:
    """Let a tracker report, with the secret by which it signs. Raises Invalid, Required, or Taken."""
    if not KEY.fullmatch(key):
        raise Invalid("key", reason="A key has 1 to 63 characters: small letters, digits and hyphens.")
    if not name.strip():
        raise Required("name")
    if await session.find(Tracker, key=key):
        raise Taken("key", thing="tracker", key="key")
    id_, salted = uuid7(), terms.keys.salted()
    session.enter(Tracker, id=id_, key=key, name=name, salt=salted.salt, key_name=salted.key_name)
    session.emit("tracker.registered", id_)
    return Registered(id_, shown(terms.keys.secret(id_, salted) or b""))


async def by_key(session: Session, key: str, *field: str) -> Tracker:
    """Return the tracker with a key; raises NotFound."""
    found = await session.find(Tracker, key=key)
    if not found:
        raise NotFound(*field, thing="tracker", key="key")
    return found[0]


async def link(
    session: Session, initiative_id: UUID, tracker_key: str, issue: str, *, url: str | None = None
) -> UUID:
    """Say under which issue a tracker keeps an initiative; again changes nothing.

    Raises NotFound, Invalid, and Taken where the issue stands for another initiative.
    """
    if not 1 <= len(issue) <= LONGEST:
        raise Invalid("issue", reason=f"An issue has 1 to {LONGEST} characters.")
    tracker = await by_key(session, tracker_key, "tracker")
    await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    row = {
        "id": uuid7(),
        "tracker_id": tracker.id,
        "issue": issue,
        "initiative_id": initiative_id,
        "url": url,
        "linked_at": session.now,
    }
    if not await session.insert_new(TrackerIssue, [row], ("tracker_id", "issue")):
        (kept,) = await session.find(TrackerIssue, tracker_id=tracker.id, issue=issue)
        if kept.initiative_id != initiative_id:
            raise Taken("issue", thing="initiative", key="issue")
    return initiative_id


async def receive(session: Session, tracker_key: str, report: Report) -> TrackerReceipt:
    """Take a tracker's report; the same one again answers what it did the first time.

    Raises NotFound for an unknown tracker, Required, and Invalid for what has not shipped yet.
    """
    for name in ("receipt", "issue", "scope"):
        if not 1 <= len(getattr(report, name)) <= LONGEST:
            raise Invalid(name, reason=f"It has 1 to {LONGEST} characters.")
    tracker = await by_key(session, tracker_key, "tracker")
    row = {
        "id": uuid7(),
        "tracker_id": tracker.id,
        "receipt": report.receipt,
        "issue": report.issue,
        "initiative_id": None,
        "outcome": ReceiptOutcome.UNKNOWN_ISSUE,
        "received_at": session.now,
    }
    # Taken first: a second sender of the same report waits here until the first has committed.
    new = await session.insert_new(TrackerReceipt, [row], ("tracker_id", "receipt"))
    (kept,) = await session.find(TrackerReceipt, tracker_id=tracker.id, receipt=report.receipt)
    links = await session.find(TrackerIssue, tracker_id=tracker.id, issue=report.issue) if new else []
    if links:
        outcome = await _ship(session, links[0].initiative_id, report)
        await session.change(kept, initiative_id=links[0].initiative_id, outcome=outcome)
    return kept


async def _ship(session: Session, initiative_id: UUID, report: Report) -> ReceiptOutcome:
    initiative = await session.get(Initiative, initiative_id, locked=True)
    if initiative.status in SHIPPED_ALREADY:
        return ReceiptOutcome.ALREADY_SHIPPED
    if initiative.status != InitiativeStatus.ACTIVE:
        return ReceiptOutcome.NOT_ACTIVE
    details = initiatives.StepDetails(
        shipped_at=report.shipped_at, scope=report.scope, change_reference=report.reference or report.issue
    )
    await initiatives.transition(session, initiative_id, InitiativeStatus.SHIPPED, details)
    return ReceiptOutcome.SHIPPED
