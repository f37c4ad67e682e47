"""How does a customer answer without signing in? By a signed link, which asks one thing and counts once."""

from datetime import timedelta
from uuid import UUID

from service.ground.batches import Outcome
from service.ground.problems import Invalid, NotFound
from service.ground.session import Session
from service.ground.signatures import Ticket
from service.loops import follow_ups, recoveries, terms
from service.loops.machine import RECOVERIES
from service.loops.rule_tables import ReplyLink
from service.loops.tables import Answer, FollowUp, FollowUpStatus, Recovery, RecoveryStatus
from service.touchpoints.tables import Channel

LONGEST_WORDS = 2_000
ASKABLE = (RecoveryStatus.REMEDIED, RecoveryStatus.UNCONFIRMED)
REPLIES = {Answer.POSITIVE: FollowUpStatus.CONFIRMED, Answer.NEGATIVE: FollowUpStatus.DISPUTED}


async def ask_of_recovery(session: Session, recovery_id: UUID, channel: Channel) -> Ticket:
    """Make the link by which a customer says whether it is good now; raises Invalid before a remedy."""
    recovery = await session.get(Recovery, recovery_id, "recoveryId", locked=True)
    if recovery.status not in ASKABLE:
        raise Invalid("recoveryId", reason="The customer is asked when something was done: see REMEDIED.")
    days = (await terms.current(session)).answer_window_days
    link = ReplyLink(
        customer_id=recovery.customer_id,
        recovery_id=recovery.id,
        channel=channel,
        remedied_at=recovery.remedied_at,
        asked_at=session.now,
        asked_by=session.actor.subject,
        expires_at=session.now + timedelta(days=days),
    )
    return _made(session, link)


async def ask_of_follow_up(session: Session, follow_up_id: UUID) -> Ticket:
    """Make the link by which a customer who was told says whether it is better; raises Invalid before."""
    follow_up = await session.get(FollowUp, follow_up_id, "followUpId", locked=True)
    if follow_up.status not in {FollowUpStatus.SENT, FollowUpStatus.NO_REPLY} or not follow_up.channel:
        raise Invalid("followUpId", reason="Only a customer who was told and has not replied is asked.")
    days = (await terms.current(session)).reply_window_days
    link = ReplyLink(
        customer_id=follow_up.customer_id,
        follow_up_id=follow_up.id,
        channel=Channel(follow_up.channel),
        asked_at=session.now,
        asked_by=session.actor.subject,
        expires_at=session.now + timedelta(days=days),
    )
    return _made(session, link)


async def answer(
    session: Session, ticket: Ticket, reply: Answer, *, words: str | None = None
) -> tuple[ReplyLink, Outcome]:
    """Take a customer's answer by a signed link; the same answer again changes nothing.

    Raises NotFound for a link that is not there, Invalid for one that has expired, that was answered
    otherwise, or whose question was settled meanwhile.
    """
    if words is not None and len(words) > LONGEST_WORDS:
        raise Invalid("words", reason=f"An answer has at most {LONGEST_WORDS} characters.")
    if ticket.expires_at <= session.now:
        raise Invalid("token", reason="This link has expired.")
    found = await session.find(ReplyLink, id=ticket.id, locked=True)
    if not found:
        raise NotFound("token", thing="link", key="token")
    [link] = found
    if link.answered_at is not None:
        if link.answer == reply:
            return link, Outcome.UNCHANGED
        raise Invalid("token", reason="This link was used before, with another answer.")
    if link.recovery_id is not None:
        await _answer_recovery(session, link, link.recovery_id, reply, words)
    elif link.follow_up_id is not None:
        await follow_ups.answer(session, link.follow_up_id, REPLIES[reply], words=words)
    await session.change(link, answered_at=session.now, answer=reply.value)
    session.emit("reply_link.answered", link.id, answer=reply)
    return link, Outcome.CREATED


async def _answer_recovery(
    session: Session, link: ReplyLink, recovery_id: UUID, reply: Answer, words: str | None
) -> None:
    """Record the answer to the very remedy that was asked about."""
    recovery = await session.get(Recovery, recovery_id, locked=True)
    if recovery.remedied_at != link.remedied_at or recovery.status not in ASKABLE:
        raise Invalid("token", reason="This has been taken up again meanwhile; you will be asked anew.")
    target = RecoveryStatus.RECOVERED if reply is Answer.POSITIVE else RecoveryStatus.REOPENED
    RECOVERIES.check_request(recovery.status, target)
    await recoveries.verify(session, recovery_id, reply, words=words)


def _made(session: Session, link: ReplyLink) -> Ticket:
    session.add(link)
    # Whole seconds: the ticket writes no finer, and must not outlive the row.
    session.emit(
        "reply_link.made", link.id, recovery=_text(link.recovery_id), followUp=_text(link.follow_up_id)
    )
    return Ticket(session.tenant_id, link.id, link.expires_at)


def _text(id_: UUID | None) -> str | None:
    return str(id_) if id_ else None
