"""How do words sound that nobody has judged? A model fills the gaps and never overrules a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Float, String, Uuid, and_, bindparam, func, or_, select, update
from sqlalchemy import column as sql_column

from service.feedback.tables import Feedback, Judge, Sentiment
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

_feedback = table_of(Feedback)
_open_to_models = or_(
    _feedback.c.sentiment.is_(None),
    and_(
        _feedback.c.sentiment_judge == Judge.MODEL.value, _feedback.c.sentiment_source != bindparam("source")
    ),
)
_language = func.lower(func.split_part(_feedback.c.language, "-", 1))
UNJUDGED = Statement(
    select(_feedback.c.id, _feedback.c.verbatim)
    .where(_feedback.c.tenant_id == TENANT, _feedback.c.verbatim.is_not(None), _open_to_models)
    .where(or_(_feedback.c.language.is_(None), _language == bindparam("language")))
    .where(func.btrim(_feedback.c.verbatim) != "")
    .order_by(_feedback.c.id)
    .limit(bindparam("most"))
)
_sent = (
    func.unnest(
        bindparam("ids", type_=ARRAY(Uuid())),
        bindparam("values", type_=ARRAY(String())),
        bindparam("confidences", type_=ARRAY(Float())),
    )
    .table_valued(sql_column("id", Uuid()), sql_column("value", String()), sql_column("confidence", Float()))
    .render_derived("sent")
)
JUDGING = Statement(
    update(_feedback)
    .where(_feedback.c.tenant_id == TENANT, _feedback.c.id == _sent.c.id, _open_to_models)
    .values(
        sentiment=_sent.c.value,
        sentiment_judge=Judge.MODEL.value,
        sentiment_source=bindparam("source"),
        sentiment_confidence=_sent.c.confidence,
    )
    .returning(_feedback.c.id)
)


@dataclass(frozen=True, slots=True)
class Heard:
    """How one piece of feedback sounds to a model; `confidence` is 0 to 1, None where it cannot say."""

    feedback_id: UUID
    sentiment: Sentiment
    confidence: float | None


async def unjudged(session: Session, source: str, *, language: str, most: int) -> list[Row]:
    """Return the ids and words of feedback in a language, or in none named, that nobody judged.

    What another version of a model judged counts as not judged by `source`; what a person did does not.
    """
    return await session.rows(UNJUDGED, source=source, language=language, most=most)


async def hear(session: Session, source: str, heard: Sequence[Heard]) -> int:
    """Keep how a model, named with its version, hears words; returns how many, less those a person judged."""
    rows = await session.rows(
        JUDGING,
        source=source,
        ids=[one.feedback_id for one in heard],
        values=[one.sentiment.value for one in heard],
        confidences=[one.confidence for one in heard],
    )
    return len(rows)
