"""What follows from what? This event calls that write, in the same transaction; nothing else is said."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from service import initiatives, insights, loops, touchpoints
from service.ground import arrangements
from service.ground.events import Event
from service.ground.session import Session
from service.loops.tables import News, RecoveryTrigger

Reaction = Callable[[Session, Sequence[Event]], Awaitable[None]]
"""Reacts to all events of one type that a write emitted, together, so that batches stay cheap."""

One = Callable[[Session, UUID], Awaitable[object]]
All = Callable[[Session, Sequence[UUID]], Awaitable[object]]


def each(write: Callable[[Session, Event], Awaitable[object]]) -> Reaction:
    """Call the write for each event."""

    async def react(session: Session, events: Sequence[Event]) -> None:
        for event in events:
            await write(session, event)

    return react


def for_subject(write: One) -> Reaction:
    """Call the write for each thing that something happened to, once."""

    async def react(session: Session, events: Sequence[Event]) -> None:
        for subject_id in dict.fromkeys(event.subject_id for event in events):
            await write(session, subject_id)

    return react


def for_subjects(write: All) -> Reaction:
    """Call the write once for everything that it happened to."""

    async def react(session: Session, events: Sequence[Event]) -> None:
        await write(session, [event.subject_id for event in events])

    return react


async def _reopen_for_contacts(session: Session, events: Sequence[Event]) -> None:
    """Look for what came back only where it is known whose matter it is and what about."""
    if known := _known(events):
        await loops.recoveries.reopen_for_contacts(session, known)


async def _reopen_for_returns(session: Session, events: Sequence[Event]) -> None:
    if known := _known(events):
        await loops.recoveries.reopen_for_contacts(session, known, again=True)


async def _reopen_for_corrections(session: Session, events: Sequence[Event]) -> None:
    """Look again where it became known only later whose matter it is, or what about."""
    telling = {"customer_id", "contact_reason_id"}
    known = [event.subject_id for event in events if telling & set(event.payload["changed"])]
    if known:
        await loops.recoveries.reopen_for_contacts(session, known)


def _known(events: Sequence[Event]) -> list[UUID]:
    return [e.subject_id for e in events if e.payload["customer"] and e.payload["contactReason"]]


async def _open_recoveries(session: Session, events: Sequence[Event]) -> None:
    low = {event.subject_id for event in events if event.payload["low"]}
    await loops.openings.open_for_feedback(session, [event.subject_id for event in events], low=low)


async def _listen(session: Session, events: Sequence[Event]) -> None:
    """Look for words only in what customers wrote."""
    wrote = [event for event in events if event.payload.get("party", "CUSTOMER") == "CUSTOMER"]
    entries = [UUID(str(event.payload.get("entry", event.subject_id))) for event in wrote]
    if entries:
        await loops.openings.open_for_messages(session, entries)


async def _open_for_breaches(session: Session, events: Sequence[Event]) -> None:
    ids = list(dict.fromkeys(UUID(str(event.payload["interaction"])) for event in events))
    await loops.openings.open_for_interactions(session, ids, RecoveryTrigger.SLA_BREACH)


async def _open_for_abandoning(session: Session, events: Sequence[Event]) -> None:
    ids = list(dict.fromkeys(event.subject_id for event in events))
    await loops.openings.open_for_interactions(session, ids, RecoveryTrigger.ABANDONMENT)


async def _leave_alone(session: Session, events: Sequence[Event]) -> None:
    await loops.follow_ups.suppress_for_refusing(session, [event.subject_id for event in events])


async def _tell_of_change(session: Session, initiative_id: UUID) -> None:
    await loops.owing.make_ready(session, initiative_id, News.CHANGED)


async def _fold_follow_ups(session: Session, survivor_id: UUID) -> None:
    await loops.follow_ups.fold(session, survivor_id)


async def _unfold_follow_ups(session: Session, event: Event) -> None:
    for customer_id in (event.subject_id, UUID(str(event.payload["merged"]))):
        await loops.follow_ups.unfold(session, customer_id)


_note_standing = for_subjects(loops.standing.note)

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "customer.merged": (for_subject(_fold_follow_ups),),
    "customer.unmerged": (each(_unfold_follow_ups),),
    "journey.drafted": (each(touchpoints.carry_over),),
    "customer.consent_recorded": (_leave_alone,),
    "customer.erased": (for_subjects(loops.follow_ups.suppress_for_erased),),
    "clock.breached": (_open_for_breaches,),
    "interaction.opened": (_reopen_for_contacts, _listen),
    "interaction.message_added": (_listen,),
    "interaction.abandoned": (_open_for_abandoning,),
    "interaction.reopened": (_reopen_for_returns,),
    "interaction.updated": (_reopen_for_corrections,),
    "touchpoint_event.reattributed": (each(insights.evidence.follow_reattribution),),
    "feedback.submitted": (_open_recoveries,),
    "evidence.linked": (for_subjects(loops.owing.owe_for_evidence),),
    "evidence.attributed": (for_subjects(loops.owing.owe_for_evidence),),
    "insight.merged": (
        each(initiatives.follow_merge),
        for_subject(loops.owing.follow_merge),
        for_subject(loops.feedback_loops.follow_merge),
    ),
    "initiative.linked": (
        for_subject(loops.owing.owe_for_initiative),
        for_subject(loops.feedback_loops.open_for_initiative),
    ),
    "initiative.active": (for_subject(loops.feedback_loops.open_for_initiative),),
    "initiative.shipped": (for_subject(_tell_of_change),),
    "initiative.cancelled": (for_subject(loops.owing.decline),),
    "follow_up.disputed": (for_subject(loops.openings.open_for_dispute), _note_standing),
    **{
        f"follow_up.{state}": (_note_standing,)
        for state in ("owed", "ready", "sent", "confirmed", "no_reply", "suppressed", "waived", "folded")
    },
}


async def follow(session: Session) -> None:
    """Let everything react to what this transaction has emitted, and say what it rearranges."""
    while session.events:
        emitted, session.events = session.events, []
        for type_ in dict.fromkeys(event.type for event in emitted):
            for react in REACTIONS.get(type_, ()):
                await react(session, [event for event in emitted if event.type == type_])
    await arrangements.renew(session)
