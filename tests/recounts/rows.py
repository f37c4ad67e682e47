"""Which rows does a question speak of? Those of a node and a period, found without any SQL of the product."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from service.metrics.definitions import Measured

Row = Mapping[str, Any]
Keys = Mapping[str, set[UUID]]
"""The nodes a row counts at, or the nodes that are asked for, by dimension."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
Fetch = Callable[[str, UUID], Iterable[Row]]


@dataclass(frozen=True)
class Rows:
    """All rows of a tenant, by table."""

    tables: Mapping[str, Sequence[Row]]
    _found: dict[tuple[str, str], Mapping[Any, Sequence[Row]]] = field(default_factory=dict)

    def where(self, table: str, column: str, value: object) -> Sequence[Row]:
        """Return the rows with a value in a column."""
        if (table, column) not in self._found:
            found = defaultdict(list)
            for row in self.tables[table]:
                found[row[column]].append(row)
            self._found[table, column] = found
        return self._found[table, column].get(value, ())

    def one(self, table: str, id_: UUID) -> Row:
        """Return the row with this id."""
        [row] = self.where(table, "id", id_)
        return row


async def rows_of(fetch: Callable[..., Any], tenant_id: UUID) -> Rows:
    """Read every table of a tenant."""
    names = [t.name for t in SQLModel.metadata.sorted_tables if "tenant_id" in t.columns]
    sql = {name: f'SELECT * FROM "{name}" WHERE tenant_id = $1' for name in names}  # noqa: S608 - our tables
    return Rows({name: await fetch(sql[name], tenant_id) for name in names})


def _own(*columns: str) -> Callable[[Rows, Row], Keys]:
    """Return how a row tells its nodes in columns of its own."""
    names = {name: f"{name}_id" for name in columns}
    return lambda _rows, row: {name: _known(row[column]) for name, column in names.items()}


def _known(*ids: UUID | None) -> set[UUID]:
    return {id_ for id_ in ids if id_ is not None}


def _of_feedback(rows: Rows, row: Row) -> Keys:
    links = rows.where("feedback_reason", "feedback_id", row["id"])
    matter = [rows.one("interaction", row["interaction_id"])] if row["interaction_id"] else []
    return {
        **_own("touchpoint", "customer")(rows, row),
        "contact_reason": {link["contact_reason_id"] for link in links},
        "team": _known(*(one["team_id"] for one in matter)),
    }


def _of_insight(_rows: Rows, row: Row) -> Keys:
    own = _own("touchpoint", "contact_reason")(_rows, row)
    return {**own, "stage": _known(row["journey_stage_id"])}


NODES: Mapping[str, Callable[[Rows, Row], Keys]] = {
    "feedback": _of_feedback,
    "interaction": _own("touchpoint", "contact_reason", "team", "customer"),
    "touchpoint_event": _own("touchpoint", "customer"),
    "stage_visit": lambda rows, row: {
        "stage": {row["stage_id"]},
        "journey": {rows.one("journey_stage", row["stage_id"])["journey_id"]},
    },
    "journey_instance": _own("journey", "customer"),
    "survey_invitation": _own("customer"),
    "customer": lambda _rows, row: {"customer": {row["id"]}},
    "recovery": _own("customer", "contact_reason"),
    "follow_up": _own("customer"),
    "initiative": lambda _rows, _row: {},
    "insight": _of_insight,
}
"""The nodes that a row of each table counts at."""


def _touchpoints(rows: Rows, stages: Iterable[UUID]) -> set[UUID]:
    links = (link for stage in stages for link in rows.where("stage_touchpoint", "stage_id", stage))
    return {link["touchpoint_id"] for link in links}


def _members(rows: Rows, segment: UUID) -> set[UUID]:
    stays = rows.where("segment_membership", "segment_id", segment)
    return {stay["customer_id"] for stay in stays if stay["left_at"] is None}


def _journey(rows: Rows, id_: UUID) -> Keys:
    stages = {row["id"] for row in rows.where("journey_stage", "journey_id", id_)}
    return {"journey": {id_}, "touchpoint": _touchpoints(rows, stages)}


def _initiative(rows: Rows, id_: UUID) -> Keys:
    links = rows.where("initiative_touchpoint", "initiative_id", id_)
    return {"touchpoint": {link["touchpoint_id"] for link in links}}


def _account(rows: Rows, id_: UUID) -> Keys:
    return {"customer": {row["id"] for row in rows.where("customer", "account_id", id_)}}


WANTED: Mapping[str, Callable[[Rows, UUID], Keys]] = {
    "Customer": lambda _rows, id_: {"customer": {id_}},
    "Account": _account,
    "Segment": lambda rows, id_: {"customer": _members(rows, id_)},
    "Journey": _journey,
    "JourneyStage": lambda rows, id_: {"stage": {id_}, "touchpoint": _touchpoints(rows, [id_])},
    "Touchpoint": lambda _rows, id_: {"touchpoint": {id_}},
    "ContactReason": lambda _rows, id_: {"contact_reason": {id_}},
    "Team": lambda _rows, id_: {"team": {id_}},
    "Initiative": _initiative,
}
"""What a node of each type asks for; the dimension that stands first is preferred."""


@dataclass(frozen=True)
class Recount:
    """One question: the rows of a tenant, the node if one is asked, the period and the quantile."""

    rows: Rows
    now: datetime
    node: tuple[str, UUID] | None = None
    starts_at: datetime = BEGINNING
    ends_at: datetime = END
    q: float = 0.5

    def holds(self, at: datetime | None) -> bool:
        """Tell whether a moment lies in the period."""
        return at is not None and self.starts_at <= at < self.ends_at

    def is_here(self, keys: Keys) -> bool:
        """Tell whether what counts at these nodes counts at the one that is asked."""
        wanted = WANTED[self.node[0]](self.rows, self.node[1]) if self.node else {}
        if not self.node:
            return True
        dimension = next((each for each in wanted if each in keys), None)
        return dimension is not None and bool(keys[dimension] & wanted[dimension])

    def of(self, table: str, at: Callable[[Row], datetime | None] | str) -> Iterator[Row]:
        """Yield the rows of a table that happened in the period at the node."""
        for row in self.rows.tables[table]:
            moment = row[at] if isinstance(at, str) else at(row)
            if self.holds(moment) and self.is_here(NODES[table](self.rows, row)):
                yield row


Formula = Callable[[Recount], Measured]
Formulas = Mapping[str, Formula]
