"""Which analysis ran, with which method and version, over how much? One row a run, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from service.ground.session import Session
from service.insights.finding_tables import AnalysisKind, AnalysisRun


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
