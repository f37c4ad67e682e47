"""Who is owed an answer, and is there one? What is owed begins with evidence and ends with news."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on

from service.ground.keys import uuid7
from service.ground.reads import Condition, among, exists_in
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.tables import Initiative, InitiativeInsight, InitiativeStatus
from service.insights.tables import Evidence, Insight
from service.loops.machine import FOLLOW_UPS, TOLD
from service.loops.tables import FollowUp, FollowUpStatus, News
from service.loops.terms import days

_evidence = table_of(Evidence)
_link = table_of(InitiativeInsight)
_initiative = table_of(Initiative)
_follow_up = table_of(FollowUp)

CANCELLED: ColumnElement[str] = literal_column(f"'{InitiativeStatus.CANCELLED}'")
STILL_ANSWERING = (FollowUpStatus.OWED, FollowUpStatus.READY, *TOLD)
"""Where a follow-up tells its customer something, or is going to."""


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
NEWS = Statement(
    select(_initiative.c.shipped_at.is_not(None).label("shipped"), _initiative.c.status).where(
        _initiative.c.tenant_id == TENANT, _initiative.c.id == bindparam("initiative")
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
        due_at=bindparam("now", type_=DateTime(timezone=True)) + days("tell_within_days"),
        version=_follow_up.c.version + 1,
        updated_at=bindparam("now", type_=DateTime(timezone=True)),
    )
    .returning(_follow_up.c.id)
)


def _is_answered_elsewhere(insight_id: FromClause) -> Condition:
    """Tell whether an initiative that was not given up answers the insight of a link."""
    other, initiative = _link.alias("other"), _initiative.alias("living")
    living = and_(initiative.c.tenant_id == TENANT, initiative.c.id == other.c.initiative_id)
    return exists(
        select(1)
        .select_from(other.join(initiative, living))
        .where(other.c.tenant_id == TENANT, other.c.insight_id == insight_id.c.insight_id)
        .where(initiative.c.status != CANCELLED)
        .correlate_except(other, initiative)
    )


def _answered_elsewhere() -> "Select[tuple[UUID, UUID]]":
    """Select what is owed for an initiative to those whom another one answers, for all that they said."""
    own, sibling, living = _follow_up.alias("own"), _follow_up.alias("sibling"), _initiative.alias("its")
    link, words = _link.alias("link"), _evidence.alias("words")
    backs = and_(
        words.c.tenant_id == TENANT,
        words.c.insight_id == link.c.insight_id,
        words.c.customer_id == own.c.customer_id,
        words.c.unlinked_at.is_(None),
    )
    unanswered = exists(
        select(1)
        .select_from(link.join(words, backs))
        .where(link.c.tenant_id == TENANT, link.c.initiative_id == own.c.initiative_id)
        .where(~_is_answered_elsewhere(link))
        .correlate_except(link, words)
    )
    of_same = and_(
        sibling.c.tenant_id == TENANT,
        sibling.c.customer_id == own.c.customer_id,
        sibling.c.initiative_id != own.c.initiative_id,
        among(sibling.c.status, STILL_ANSWERING),
    )
    lives = and_(
        living.c.tenant_id == TENANT, living.c.id == sibling.c.initiative_id, living.c.status != CANCELLED
    )
    return (
        select(own.c.id, sibling.c.id.label("into_id"))
        .select_from(own.join(sibling, of_same).join(living, lives))
        .where(own.c.tenant_id == TENANT, own.c.initiative_id == bindparam("initiative"))
        .where(own.c.status == literal_column(f"'{FollowUpStatus.OWED}'"), ~unanswered)
        .ext(distinct_on(own.c.id))
        .order_by(own.c.id, sibling.c.id)
    )


_elsewhere = _answered_elsewhere().subquery()
FOLDING = Statement(
    update(_follow_up)
    .where(_follow_up.c.tenant_id == TENANT, _follow_up.c.id == _elsewhere.c.id)
    .values(
        status=FollowUpStatus.FOLDED,
        folded_into_id=_elsewhere.c.into_id,
        folded_from=FollowUpStatus.OWED,
        version=_follow_up.c.version + 1,
        updated_at=bindparam("now", type_=DateTime(timezone=True)),
    )
    .returning(_follow_up.c.id)
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


async def decline(session: Session, initiative_id: UUID) -> None:
    """Let those be told that nothing comes of it for whom no other initiative does the work.

    Whom another one answers is told by that one's follow-up: the owed one is folded into it.
    """
    for row in await session.rows(FOLDING, initiative=initiative_id, now=session.now):
        reason = "Another initiative answers the same words."
        FOLLOW_UPS.remember(session, row["id"], FollowUpStatus.OWED, FollowUpStatus.FOLDED, reason)
    await make_ready(session, initiative_id, News.DECLINED)


async def catch_up(session: Session, initiative_id: UUID) -> None:
    """Let those who came to be owed an answer late be told what there is to tell already."""
    found = await session.row(NEWS, initiative=initiative_id)
    if found and found["shipped"]:
        await make_ready(session, initiative_id, News.CHANGED)
    elif found and found["status"] == InitiativeStatus.CANCELLED:
        await make_ready(session, initiative_id, News.DECLINED)


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
        await catch_up(session, initiative_id)
