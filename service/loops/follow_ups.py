"""Who is owed an answer? Customers whose words moved an initiative are told what came of them, and reply."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.reads import exists_in
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.tables import Initiative, InitiativeInsight, InitiativeStatus
from service.insights.tables import Evidence, Insight
from service.loops.machine import FOLLOW_UPS
from service.loops.reads import draft_of
from service.loops.rules import FURTHEST_FIRST
from service.loops.tables import FollowUp, FollowUpStatus, News, Suppression
from service.touchpoints.tables import Channel

_evidence = table_of(Evidence)
_link = table_of(InitiativeInsight)
_initiative = table_of(Initiative)
_follow_up = table_of(FollowUp)


def _owing() -> "Select[tuple[UUID, UUID, UUID]]":
    """Select who is owed an answer that is not recorded yet; the words that matter most are quoted."""
    known = exists_in(
        FollowUp,
        lambda one: and_(
            one.c.customer_id == _evidence.c.customer_id, one.c.initiative_id == _link.c.initiative_id
        ),
    )
    links = and_(_link.c.tenant_id == TENANT, _link.c.insight_id == _evidence.c.insight_id)
    initiatives = and_(_initiative.c.tenant_id == TENANT, _initiative.c.id == _link.c.initiative_id)
    pair = (_evidence.c.customer_id, _link.c.initiative_id)
    return (
        select(*pair, _evidence.c.id.label("evidence_id"))
        .select_from(_evidence.join(_link, links).join(_initiative, initiatives))
        .where(_evidence.c.tenant_id == TENANT, _evidence.c.unlinked_at.is_(None))
        .where(
            _evidence.c.customer_id.is_not(None), _initiative.c.status != InitiativeStatus.CANCELLED, ~known
        )
        .ext(distinct_on(*pair))
        .order_by(*pair, _evidence.c.importance.desc(), _evidence.c.linked_at, _evidence.c.id)
    )


OWED_BY_EVIDENCE = Statement(
    _owing().where(_evidence.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
)
OWED_BY_INITIATIVE = Statement(_owing().where(_link.c.initiative_id == bindparam("initiative")))
OWED_BY_INSIGHT = Statement(_owing().where(_link.c.insight_id == bindparam("insight")))
SHIPPED = Statement(
    select(_initiative.c.id).where(
        _initiative.c.tenant_id == TENANT,
        _initiative.c.id == bindparam("initiative"),
        _initiative.c.shipped_at.is_not(None),
    )
)
MAKING_READY = Statement(
    update(_follow_up)
    .where(
        _follow_up.c.tenant_id == TENANT,
        _follow_up.c.initiative_id == bindparam("initiative"),
        _follow_up.c.status == FollowUpStatus.OWED,
    )
    .values(
        status=FollowUpStatus.READY,
        news=bindparam("news"),
        version=_follow_up.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(_follow_up.c.id)
)
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


async def owe_for_evidence(session: Session, evidence_ids: Sequence[UUID]) -> None:
    """Owe an answer to customers whose signals became evidence, for each initiative on its insight."""
    await _begin(session, await session.rows(OWED_BY_EVIDENCE, ids=list(evidence_ids)))


async def owe_for_initiative(session: Session, initiative_id: UUID) -> None:
    """Owe an answer to every customer whose words are evidence of an insight that the initiative answers."""
    await _begin(session, await session.rows(OWED_BY_INITIATIVE, initiative=initiative_id))


async def follow_merge(session: Session, insight_id: UUID) -> None:
    """Owe answers to those whose words became evidence of another insight by a merge of insights."""
    merged = await session.get(Insight, insight_id)
    await _begin(session, await session.rows(OWED_BY_INSIGHT, insight=merged.merged_into_id))


async def make_ready(session: Session, initiative_id: UUID, news: News) -> None:
    """Let everybody be told who is still owed an answer: there is something to tell now."""
    ready = await session.rows(MAKING_READY, initiative=initiative_id, news=news.value, now=session.now)
    for row in ready:
        FOLLOW_UPS.remember(
            session, row["id"], FollowUpStatus.OWED, FollowUpStatus.READY, f"The news is {news}."
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
        if await session.row(SHIPPED, initiative=one.initiative_id):
            await make_ready(session, one.initiative_id, News.CHANGED)
    await fold(session, customer_id)


async def _locked(session: Session, follow_up_id: UUID) -> FollowUp:
    return await session.get(FollowUp, follow_up_id, "followUpId", locked=True)


async def _begin(session: Session, owed: Sequence[Row]) -> None:
    """Record what is owed; one that another transaction recorded first stays that one's."""
    rows = [
        {
            "id": uuid7(),
            "customer_id": one["customer_id"],
            "recorded_customer_id": one["customer_id"],
            "initiative_id": one["initiative_id"],
            "evidence_id": one["evidence_id"],
            "status": FollowUpStatus.OWED,
            "owed_at": session.now,
            "version": 1,
            "created_at": session.now,
            "updated_at": session.now,
        }
        for one in owed
    ]
    begun = await session.insert_new(FollowUp, rows, ("recorded_customer_id", "initiative_id"))
    for row in rows:
        if row["id"] in begun:
            FOLLOW_UPS.remember(session, row["id"], None, FollowUpStatus.OWED)
    for initiative_id in {row["initiative_id"] for row in rows if row["id"] in begun}:
        if await session.row(SHIPPED, initiative=initiative_id):
            await make_ready(session, initiative_id, News.CHANGED)
