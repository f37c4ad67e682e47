"""Which analysis ran, with which method and version, over how much? One row a run, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, literal_column, or_, select

from service.feedback.tables import Feedback
from service.ground.keys import EPOCH, first_of
from service.ground.reads import Condition
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, table_of
from service.insights.finding_tables import AnalysisKind, AnalysisRun
from service.interactions.tables import Interaction
from service.touchpoints.tables import TouchpointEvent

AT_MOST_EVERY = timedelta(days=1)
"""How long the findings of a day stand before they are looked for anew."""

_run = table_of(AnalysisRun)
LAST = Statement(
    select(func.max(_run.c.ran_at).label("ran_at")).where(
        _run.c.tenant_id == TENANT, _run.c.kind == literal_column(f"'{AnalysisKind.DETECTION}'")
    )
)


def _since(model: type[TenantRow]) -> Condition:
    row = table_of(model)
    newer = row.c.id > bindparam("since", type_=Uuid())
    return select(literal_column("1")).where(row.c.tenant_id == TENANT, newer).exists()


# Ids are in the order of their making, so the primary keys tell what is new.
ANYTHING_NEW = Statement(
    select(or_(_since(Interaction), _since(Feedback), _since(TouchpointEvent)).label("is_new"))
)


@dataclass(frozen=True, slots=True)
class Method:
    """How something was found: the name of a model, its version, and the numbers it was given."""

    kind: AnalysisKind
    model: str
    version: str
    parameters: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The model with its version, as provenance shows it."""
        return f"{self.model} {self.version}"


async def are_due(session: Session) -> bool:
    """Tell whether anything came in since the analyses ran last, which is a day ago or more."""
    last = await session.row(LAST)
    ran_at = last["ran_at"] if last else None
    if ran_at is not None and session.now < ran_at + AT_MOST_EVERY:
        return False
    found = await session.row(ANYTHING_NEW, since=first_of(ran_at or EPOCH))
    return found is not None and bool(found["is_new"])


def record(
    session: Session,
    method: Method,
    *,
    until: datetime,
    read: int,
    found: int,
    note: str | None = None,
) -> UUID:
    """Keep that a method was run over what happened before `until`, and return the run.

    `read` counts what was looked at, `found` what came of it; `note` says what was left out and why.
    """
    run = session.add(
        AnalysisRun(
            kind=method.kind,
            model=method.model,
            model_version=method.version,
            parameters=dict(method.parameters),
            read_count=read,
            found_count=found,
            note=note,
            until=until,
            ran_at=session.now,
        )
    )
    session.emit("analysis.ran", run.id, kind=method.kind, model=method.name, found=found)
    return run.id
