"""How is a customer told? Follow-ups are sent, answered, suppressed, waived, and folded where two are one."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, literal_column, select

from service.customers import consents
from service.ground.problems import Invalid, Required
from service.ground.reads import among
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.loops import owing
from service.loops.gates import PURPOSE
from service.loops.machine import FOLLOW_UPS, UNTOLD
from service.loops.reads import draft_of
from service.loops.rules import FURTHEST_FIRST
from service.loops.tables import FollowUp, FollowUpStatus, Suppression
from service.loops.terms import days
from service.touchpoints.tables import Channel

_follow_up = table_of(FollowUp)
DRAFT = Statement(
    select(draft_of(_follow_up).label("draft")).where(
        _follow_up.c.tenant_id == TENANT, _follow_up.c.id == bindparam("id")
    )
)
_into = _follow_up.alias("into")
AWAY_FROM_THEIR_TARGET = Statement(
    select(_follow_up.c.id).where(
        _follow_up.c.tenant_id == TENANT,
        _follow_up.c.customer_id == bindparam("customer"),
        _into.c.tenant_id == TENANT,
        _into.c.id == _follow_up.c.folded_into_id,
        _into.c.customer_id != _follow_up.c.customer_id,
    )
)


_untold = (
    select(_follow_up.c.id)
    .where(
        _follow_up.c.tenant_id == TENANT,
        _follow_up.c.customer_id == func.any(bindparam("customers", type_=ARRAY(Uuid()))),
        among(_follow_up.c.status, UNTOLD),
    )
    .order_by(_follow_up.c.id)
)
UNTOLD_OF = Statement(_untold)
UNTOLD_OF_REFUSING = Statement(_untold.where(consents.has_refused(_follow_up.c.customer_id, PURPOSE)))
SILENT = Statement(
    select(_follow_up.c.id)
    .where(_follow_up.c.tenant_id == TENANT, among(_follow_up.c.status, (FollowUpStatus.SENT,)))
    .where(_follow_up.c.sent_at + days("reply_window_days") <= bindparam("now"))
    .order_by(_follow_up.c.id)
    .limit(literal_column("500"))
)


async def send(
    session: Session,
    follow_up_id: UUID,
    channel: Channel,
    *,
    message: str | None = None,
    expected_version: int | None = None,
) -> None:
    """Record that the customer was told; without a message, in the words of the draft."""
    follow_up = await _locked(session, follow_up_id)
    if message is None:
        drafted = await session.row(DRAFT, id=follow_up_id)
        message = drafted["draft"] if drafted else None
    await FOLLOW_UPS.move(
        session,
        follow_up,
        FollowUpStatus.SENT,
        expected_version=expected_version,
        message=message,
        channel=channel,
        sent_at=session.now,
        sent_by=session.actor.subject,
    )


async def answer(
    session: Session,
    follow_up_id: UUID,
    reply: FollowUpStatus,
    *,
    words: str | None = None,
    expected_version: int | None = None,
) -> None:
    """Record what the customer replied: CONFIRMED, DISPUTED, or NO_REPLY where nothing came."""
    replies = (FollowUpStatus.CONFIRMED, FollowUpStatus.DISPUTED, FollowUpStatus.NO_REPLY)
    if reply not in replies:
        raise Invalid("reply", reason="A reply is CONFIRMED, DISPUTED or NO_REPLY.")
    follow_up = await _locked(session, follow_up_id)
    said: dict[str, object] = {}
    if reply is not FollowUpStatus.NO_REPLY:
        said = {
            "answered_at": session.now,
            "answer_words": words,
            "answer_recorded_by": session.actor.subject,
        }
    await FOLLOW_UPS.move(session, follow_up, reply, expected_version=expected_version, reason=words, **said)


async def suppress(
    session: Session, follow_up_id: UUID, because: Suppression, *, expected_version: int | None = None
) -> None:
    """Record that the customer must not be written to."""
    follow_up = await _locked(session, follow_up_id)
    await FOLLOW_UPS.move(
        session,
        follow_up,
        FollowUpStatus.SUPPRESSED,
        expected_version=expected_version,
        reason=because,
        suppressed_because=because,
    )


async def suppress_for_refusing(session: Session, customer_ids: Sequence[UUID]) -> None:
    """Leave those of the customers alone whose latest word is that they do not want to be told."""
    for row in await session.rows(UNTOLD_OF_REFUSING, customers=list(customer_ids)):
        await suppress(session, row["id"], Suppression.OPTED_OUT)


async def suppress_for_erased(session: Session, customer_ids: Sequence[UUID]) -> None:
    """Leave customers alone whose data were erased."""
    for row in await session.rows(UNTOLD_OF, customers=list(customer_ids)):
        await suppress(session, row["id"], Suppression.ERASED)


async def close_silent(session: Session) -> int:
    """Stop waiting for those who were told and said nothing for too long; return how many."""
    closed = 0
    for row in await session.rows(SILENT, now=session.now):
        follow_up = await _locked(session, row["id"])
        if follow_up.status == FollowUpStatus.SENT:
            reason = "The customer did not reply in time."
            await FOLLOW_UPS.move(session, follow_up, FollowUpStatus.NO_REPLY, reason=reason)
            closed += 1
    return closed


async def waive(
    session: Session, follow_up_id: UUID, reason: str, *, expected_version: int | None = None
) -> None:
    """Decide not to tell a customer; who did and why is kept."""
    if not reason.strip():
        raise Required("reason")
    follow_up = await _locked(session, follow_up_id)
    await FOLLOW_UPS.move(
        session,
        follow_up,
        FollowUpStatus.WAIVED,
        expected_version=expected_version,
        reason=reason,
        waived_by=session.actor.subject,
        waived_because=reason,
    )


async def fold(session: Session, customer_id: UUID) -> None:
    """Let one person have one follow-up an initiative, after a merge handed over those of another record."""
    held: dict[UUID, list[FollowUp]] = defaultdict(list)
    for one in await session.find(FollowUp, customer_id=customer_id, locked=True):
        if one.status != FollowUpStatus.FOLDED:
            held[one.initiative_id].append(one)
    for several in held.values():
        kept, *others = sorted(several, key=lambda one: FURTHEST_FIRST.index(FollowUpStatus(one.status)))
        for other in others:
            await FOLLOW_UPS.move(
                session, other, FollowUpStatus.FOLDED, folded_into_id=kept.id, folded_from=other.status
            )


async def unfold(session: Session, customer_id: UUID) -> None:
    """Put follow-ups back where they stood that were folded into one which belongs to somebody else again."""
    for row in await session.rows(AWAY_FROM_THEIR_TARGET, customer=customer_id):
        one = await session.get(FollowUp, row["id"], locked=True)
        stood = FollowUpStatus(str(one.folded_from))
        await FOLLOW_UPS.move(session, one, stood, folded_into_id=None, folded_from=None)
        await owing.catch_up(session, one.initiative_id)
    await fold(session, customer_id)


async def _locked(session: Session, follow_up_id: UUID) -> FollowUp:
    return await session.get(FollowUp, follow_up_id, "followUpId", locked=True)
