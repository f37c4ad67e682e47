"""Whose contacts count? The sides of a plan, as conditions on the rows that a metric is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import FromClause, and_, bindparam, false, func, select, true

from service.customers.tables import SegmentMembership
from service.feedback.tables import FeedbackReason
from service.ground.problems import Invalid
from service.ground.reads import Condition, exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.measurements import CONTACT_REASONS, SEGMENTS, TEAMS, TOUCHPOINTS, Measurement
from service.initiatives.proof_tables import PlanScope, PlanSide
from service.initiatives.tables import InitiativeInsight, InitiativeTouchpoint
from service.insights.tables import Insight
from service.interactions.tables import ContactReason, Interaction

COLUMNS: Mapping[str, str] = {
    CONTACT_REASONS: "contact_reason_id",
    TOUCHPOINTS: "touchpoint_id",
    TEAMS: "team_id",
    SEGMENTS: "segment_id",
}
"""The column that holds one of each kind."""
MEMBERS = "members"
_reason = table_of(ContactReason)
_insight = table_of(Insight)
REASONS = Statement(select(_reason.c.id, _reason.c.parent_id).where(_reason.c.tenant_id == TENANT))
PINS = Statement(
    select(_insight.c.contact_reason_id, _insight.c.touchpoint_id)
    .where(_insight.c.tenant_id == TENANT, _insight.c.id == func.any(bindparam("insights")))
    .order_by(_insight.c.id)
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The things a side consists of, by kind: those of one kind are alternatives, all kinds must fit."""

    contact_reasons: tuple[UUID, ...] = ()
    touchpoints: tuple[UUID, ...] = ()
    teams: tuple[UUID, ...] = ()
    segments: tuple[UUID, ...] = ()

    def kinds(self) -> frozenset[str]:
        """Return the kinds that this scope names."""
        return frozenset(kind for kind in COLUMNS if self.of(kind))

    def of(self, kind: str) -> tuple[UUID, ...]:
        """Return the things of one kind."""
        found: tuple[UUID, ...] = getattr(self, kind)
        return found

    def meets(self, other: "Scope") -> bool:
        """Tell whether something can lie in both scopes: no kind that both name keeps them apart."""
        both = self.kinds() & other.kinds()
        return all(set(self.of(kind)) & set(other.of(kind)) for kind in both)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Sides:
    """Who gets the change, who it is compared with, and the customers whom it is counted for.

    `comparison` is None where there is none; otherwise it is what fits it and is not treated. `members` is
    None where everybody counts; otherwise those are treated, and everybody else may be compared with.
    """

    treated: Scope = EVERYTHING
    comparison: Scope | None = None
    members: tuple[UUID, ...] | None = None

    def values(self) -> dict[str, object]:
        """Return the values that the conditions name."""
        found: dict[str, object] = {} if self.members is None else {MEMBERS: list(self.members)}
        for side, scope in ((PlanSide.TREATED, self.treated), (PlanSide.COMPARISON, self.comparison)):
            found |= {_name(side, kind): list(scope.of(kind)) for kind in scope.kinds()} if scope else {}
        return found

    def shape(self) -> "Shape":
        """Return what decides which conditions are needed."""
        compared = None if self.comparison is None else self.comparison.kinds()
        return Shape(self.treated.kinds(), compared, self.members is not None)

    def check(self, measurement: Measurement) -> None:
        """Raise Invalid for a side that the metric's rows cannot be told apart by, or that leaves nobody."""
        for side, scope in ((PlanSide.TREATED, self.treated), (PlanSide.COMPARISON, self.comparison)):
            if scope and not scope.kinds() <= set(measurement.dimensions):
                raise Invalid(side.lower(), reason=_not_told_apart(measurement))
        if self.comparison is not None and not self.treated.kinds() and self.members is None:
            reason = "Where everything is treated, nothing is left to compare with; say what is treated."
            raise Invalid("treated", reason=reason)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which kinds of things each side names: sides of one shape are read by one statement."""

    treated: frozenset[str]
    comparison: frozenset[str] | None
    by_member: bool

    def condition(self, side: PlanSide, row: FromClause) -> Condition:
        """Return whether a row belongs to a side."""
        treated = _fits(PlanSide.TREATED, self.treated, row)
        if self.by_member:
            treated = and_(treated, row.c.customer_id == func.any(bindparam(MEMBERS)))
        if side is PlanSide.TREATED:
            return treated
        return and_(_fits(side, self.comparison or (), row), ~func.coalesce(treated, false()))


def _name(side: PlanSide, kind: str) -> str:
    return f"{side.lower()}_{kind}"


def _not_told_apart(measurement: Measurement) -> str:
    kinds = " and ".join(kind.replace("_", " ") for kind in measurement.dimensions)
    return f"This metric can be told apart by {kinds} only."


def _fits(side: PlanSide, kinds: Iterable[str], row: FromClause) -> Condition:
    return and_(true(), *(_one_of(row, kind, _name(side, kind)) for kind in sorted(kinds)))


def _one_of(row: FromClause, kind: str, name: str) -> Condition:
    """Return whether a row has to do with one of the things that a value lists."""
    if kind == SEGMENTS:
        return exists_in(
            SegmentMembership,
            lambda stay: and_(
                stay.c.customer_id == row.c.customer_id,
                stay.c.left_at.is_(None),
                stay.c.segment_id == func.any(bindparam(name)),
            ),
        )
    if COLUMNS[kind] in row.c:
        found: Condition = row.c[COLUMNS[kind]] == func.any(bindparam(name))
        return found
    return _through(row, kind, name)


def _through(row: FromClause, kind: str, name: str) -> Condition:
    """Return it for feedback, whose reasons are linked and whose team is that of its interaction."""
    listed = func.any(bindparam(name))
    if kind == CONTACT_REASONS:
        return exists_in(
            FeedbackReason,
            lambda link: and_(link.c.feedback_id == row.c.id, link.c.contact_reason_id == listed),
        )
    return exists_in(
        Interaction, lambda matter: and_(matter.c.id == row.c.interaction_id, matter.c.team_id == listed)
    )


async def with_descendants(session: Session, sides: Sides) -> Sides:
    """Return the sides with every contact reason beneath those they name."""
    below: dict[UUID, list[UUID]] = {}
    for row in await session.rows(REASONS):
        below.setdefault(row["parent_id"], []).append(row["id"])
    comparison = sides.comparison and _deepened(sides.comparison, below)
    return replace(sides, treated=_deepened(sides.treated, below), comparison=comparison)


def _deepened(scope: Scope, below: Mapping[UUID, Sequence[UUID]]) -> Scope:
    found = list(scope.contact_reasons)
    for reason in found:  # the list grows while it is walked
        found += [child for child in below.get(reason, ()) if child not in found]
    return replace(scope, contact_reasons=tuple(found))


async def derived(session: Session, initiative_id: UUID, measurement: Measurement) -> Scope:
    """Return what an initiative is about: where its insights are pinned, and the touchpoints it changes.

    Of the kinds that the metric can be told apart by, the first that is named anywhere; else everything.
    """
    links = await session.find(InitiativeInsight, initiative_id=initiative_id)
    pins = await session.rows(PINS, insights=[link.insight_id for link in links])
    places = await session.find(InitiativeTouchpoint, initiative_id=initiative_id)
    about = Scope(
        contact_reasons=_each(pin["contact_reason_id"] for pin in pins),
        touchpoints=_each(
            [*(pin["touchpoint_id"] for pin in pins), *(place.touchpoint_id for place in places)]
        ),
    )
    kind = next((kind for kind in measurement.dimensions if about.of(kind)), None)
    return EVERYTHING if kind is None else replace(EVERYTHING, **{kind: about.of(kind)})


def _each(ids: Iterable[UUID | None]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(id_ for id_ in ids if id_ is not None))


def rows_of(plan_id: UUID, side: PlanSide, scope: Scope) -> list[dict[str, object]]:
    """Return a scope as the values of its rows."""
    empty: dict[str, object] = dict.fromkeys(COLUMNS.values())
    listed = [(COLUMNS[kind], id_) for kind in COLUMNS for id_ in scope.of(kind)]
    return [
        {"plan_id": plan_id, "position": n, "side": side, **empty, column: id_}
        for n, (column, id_) in enumerate(listed)
    ]


def scope_of(rows: Sequence[PlanScope], side: PlanSide) -> Scope:
    """Return the scope that stored rows make up."""
    mine = [row for row in rows if row.side == side]
    return Scope(**{kind: _each(getattr(row, column) for row in mine) for kind, column in COLUMNS.items()})
