"""What do the words speak of, and how do they sound? Said afterwards, beside words that never change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete

from service.feedback.acceptance import MOST_REASONS, judgement
from service.feedback.answers import Judgement
from service.feedback.tables import Feedback, FeedbackReason
from service.ground.keys import uuid7
from service.ground.problems import LimitExceeded, NotFound
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import ContactReason

_link = table_of(FeedbackReason)
UNLINKING = Statement(
    delete(_link).where(
        _link.c.tenant_id == TENANT, _link.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    )
)


@dataclass(frozen=True, slots=True)
class Coding:
    """What is to be true of feedback beside its words; what is not named stays as it is.

    `judgements` holds sentiment and emotion by name, None for one that is taken back. `reason_keys`, where
    given, are all contact reasons the words speak of.
    """

    judgements: Mapping[str, Judgement | None]
    reason_keys: frozenset[str] | None = None


async def code(session: Session, feedback_id: UUID, coding: Coding) -> UUID:
    """Say what words speak of and how they sound; raises NotFound for unknown feedback or reasons."""
    feedback = await session.get(Feedback, feedback_id, "feedbackId", locked=True)
    columns: dict[str, object] = {}
    for name, said in coding.judgements.items():
        columns |= judgement(name, said)
    if columns:
        await session.change(feedback, **columns)
    if coding.reason_keys is not None:
        await _set_reasons(session, feedback, await _reasons(session, coding.reason_keys))
    session.emit("feedback.coded", feedback_id)
    return feedback_id


async def _reasons(session: Session, keys: Iterable[str]) -> set[UUID]:
    wanted = sorted(keys)
    if len(wanted) > MOST_REASONS:
        raise LimitExceeded("contactReasonKeys", limit=MOST_REASONS, things="reasons", found=len(wanted))
    found = await session.lookup(ContactReason, ("key",), [(key,) for key in wanted])
    if len(found) < len(wanted):
        raise NotFound("contactReasonKeys", thing="contact reason", key="key")
    return {row["id"] for row in found.values()}


async def _set_reasons(session: Session, feedback: Feedback, wanted: set[UUID]) -> None:
    links = {
        link.contact_reason_id: link.id
        for link in await session.find(FeedbackReason, feedback_id=feedback.id)
    }
    gone = [link_id for reason_id, link_id in links.items() if reason_id not in wanted]
    if gone:
        await session.about_to_change(Feedback, [feedback.id])
        await session.run(UNLINKING, ids=gone)
    new = [
        {
            "id": uuid7(),
            "feedback_id": feedback.id,
            "contact_reason_id": reason_id,
            "submitted_at": feedback.submitted_at,
        }
        for reason_id in sorted(wanted - links.keys())
    ]
    session.insert(FeedbackReason, new)
