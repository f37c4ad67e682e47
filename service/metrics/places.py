"""Where can metrics be asked? The nodes of the earlier chapters, each by the dimensions it stands for."""

from typing import Any

from sqlalchemy import FromClause, Select, select

from service.customers.tables import Customer, SegmentMembership
from service.ground.reads import Condition, Expression
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.journeys.tables import JourneyStage
from service.metrics.measures import Dimension
from service.metrics.questions import EVERYWHERE, Place
from service.touchpoints.tables import StageTouchpoint


def own_id(row: FromClause) -> Expression:
    """Return the node itself."""
    return row.c.id


def chosen(found: FromClause, key: Expression, condition: Condition) -> "Select[Any]":
    """Return the keys of the rows of one table that meet a condition."""
    return select(key).select_from(found).where(condition).correlate_except(found)


def _customers_of_account(row: FromClause) -> "Select[Any]":
    customer = table_of(Customer).alias()
    mine = (customer.c.tenant_id == TENANT) & (customer.c.account_id == row.c.id)
    return chosen(customer, customer.c.id, mine)


def _members(row: FromClause) -> "Select[Any]":
    stay = table_of(SegmentMembership).alias()
    mine = (stay.c.tenant_id == TENANT) & (stay.c.segment_id == row.c.id) & stay.c.left_at.is_(None)
    return chosen(stay, stay.c.customer_id, mine)


def _touchpoints_of_stage(row: FromClause) -> "Select[Any]":
    link = table_of(StageTouchpoint).alias()
    return chosen(link, link.c.touchpoint_id, (link.c.tenant_id == TENANT) & (link.c.stage_id == row.c.id))


def _touchpoints_of_journey(row: FromClause) -> "Select[Any]":
    link, stage = table_of(StageTouchpoint).alias(), table_of(JourneyStage).alias()
    stages = chosen(stage, stage.c.id, (stage.c.tenant_id == TENANT) & (stage.c.journey_id == row.c.id))
    return chosen(link, link.c.touchpoint_id, (link.c.tenant_id == TENANT) & link.c.stage_id.in_(stages))


CUSTOMER = Place("Customer", {Dimension.CUSTOMER: own_id})
ACCOUNT = Place("Account", {Dimension.CUSTOMER: _customers_of_account})
SEGMENT = Place("Segment", {Dimension.CUSTOMER: _members})
JOURNEY = Place("Journey", {Dimension.JOURNEY: own_id, Dimension.TOUCHPOINT: _touchpoints_of_journey})
STAGE = Place("JourneyStage", {Dimension.STAGE: own_id, Dimension.TOUCHPOINT: _touchpoints_of_stage})
TOUCHPOINT = Place("Touchpoint", {Dimension.TOUCHPOINT: own_id})
CONTACT_REASON = Place("ContactReason", {Dimension.CONTACT_REASON: own_id})
TEAM = Place("Team", {Dimension.TEAM: own_id})
PLACES = [EVERYWHERE, CUSTOMER, ACCOUNT, SEGMENT, JOURNEY, STAGE, TOUCHPOINT, CONTACT_REASON, TEAM]
"""Every place, in the order of the story; the chapter of initiatives adds its own."""
