"""What is measured of initiatives? What happens at their touchpoints, and whether they helped."""

from typing import Any

from sqlalchemy import FromClause, Select, and_

from service.ground.reads import Condition, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.initiatives.reads import INITIATIVE
from service.initiatives.tables import InitiativeTouchpoint, Verdict
from service.metrics import loops, places, sources
from service.metrics.expressions import flag, one, said
from service.metrics.measures import Dimension, Facts, Key, Measure
from service.metrics.questions import Place


def _touchpoints(row: FromClause) -> "Select[Any]":
    link = table_of(InitiativeTouchpoint).alias()
    mine = (link.c.tenant_id == TENANT) & (link.c.initiative_id == row.c.id)
    return places.chosen(link, link.c.touchpoint_id, mine)


def _is_computed(row: FromClause) -> Condition:
    """Tell whether a verdict stands as it was computed: what a sponsor set instead verifies nothing."""
    return row.c.overridden_at.is_(None)


INITIATIVE_PLACE = Place("Initiative", {Dimension.TOUCHPOINT: _touchpoints})
JUDGED = Measure(
    "JUDGED",
    Facts(INITIATIVE, {Dimension.INITIATIVE: Key(column("id"), rolled=False)}, column("created_at")),
    column("shipped_at"),
    {"n": one, "hits": lambda row: flag(and_(row.c.verdict == said(Verdict.IMPROVED), _is_computed(row)))},
    when=lambda row: row.c.verdict.is_not(None),
)
places.PLACES.append(INITIATIVE_PLACE)
sources.add((JUDGED,), {loops.VERIFIED_EFFECT_RATE.id: loops.shares("JUDGED")})
