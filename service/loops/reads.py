"""How are recoveries, follow-ups, loops and huddles read? Entities, edges, orders, filters, and the draft."""

from collections.abc import Callable

from sqlalchemy import (
    ARRAY,
    FromClause,
    String,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    select,
)

from service.customers.tables import Customer, Segment
from service.feedback.tables import Feedback, Survey
from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    Meets,
    Merged,
    OfRow,
    One,
    Order,
    Variant,
    Where,
    all_of,
    among,
    column,
    to_many,
    to_one,
)
from service.ground.statements import TENANT
from service.ground.tables import TenantRow, table_of
from service.initiatives.tables import Initiative
from service.insights.tables import Elevation, Evidence, Insight
from service.interactions.clocks.tables import BusinessCalendar
from service.interactions.tables import ContactReason, Interaction, Team
from service.journeys.tables import JourneyInstance
from service.loops.machine import SETTLED, UNTOLD, is_of_loop
from service.loops.rule_tables import AuthorityLimit, LoopPolicy, RecoveryRule, ReplyLink
from service.loops.tables import (
    NEVER_DUE,
    FeedbackLoop,
    FollowUp,
    Huddle,
    HuddleDecision,
    News,
    Recovery,
    RecoveryAction,
    RecoveryTrigger,
)
from service.touchpoints.tables import Touchpoint, TouchpointEvent

RECOVERY = Entity(Recovery, "rec")
RECOVERY_ACTION = Entity(RecoveryAction, "rca")
FOLLOW_UP = Entity(FollowUp, "fup")
FEEDBACK_LOOP = Entity(FeedbackLoop, "lop")
HUDDLE = Entity(Huddle, "hud")
RECOVERY_RULE = Entity(RecoveryRule, "rru")
LOOP_POLICY = Entity(LoopPolicy, "lpo")
AUTHORITY_LIMIT = Entity(AuthorityLimit, "aut")

LONGEST_QUOTE = 280
"""Characters of a customer's words that a draft quotes."""


def due_or_never(row: FromClause) -> Expression:
    """Return by when something is due, to sort by; what is not due at all comes last."""
    never = literal_column(NEVER_DUE, row.c.due_at.type)
    return func.coalesce(row.c.due_at, never, type_=row.c.due_at.type)


RECOVERY_ORDERS = {
    "OPENED_AT": Order(column("opened_at")),
    "SEVERITY": Order(column("severity")),
    "DUE_AT": Order(due_or_never),
}
OWED_AT = {"OWED_AT": Order(column("owed_at"))}
FOLLOW_UP_ORDERS = {**OWED_AT, "DUE_AT": Order(due_or_never)}
OPENED_AT = {"OPENED_AT": Order(column("opened_at"))}
HELD_AT = {"HELD_AT": Order(column("held_at"))}

RECOVERIES = all_of(Recovery, RECOVERY_ORDERS)
FOLLOW_UPS = all_of(FollowUp, FOLLOW_UP_ORDERS)
FEEDBACK_LOOPS = all_of(FeedbackLoop, OPENED_AT)
HUDDLES = all_of(Huddle, HELD_AT)
RECOVERY_RULES = all_of(RecoveryRule, {"PLACE": Order(column("place"))}, descending=False)
AUTHORITY_LIMITS = all_of(AuthorityLimit, {"HOLDER": Order(column("holder"))}, descending=False)
by_edition = Order(column("edition"))

customer = to_one(Customer, "customer_id")
feedback = to_one(Feedback, "feedback_id")
interaction = to_one(Interaction, "interaction_id")
touchpoint_event = to_one(TouchpointEvent, "touchpoint_event_id")
contact_reason = to_one(ContactReason, "contact_reason_id")
initiative = to_one(Initiative, "initiative_id")
insight = to_one(Insight, "insight_id")
evidence = to_one(Evidence, "evidence_id")
team = to_one(Team, "team_id")
business_calendar = to_one(BusinessCalendar, "business_calendar_id")
elevation = to_one(Elevation, "elevation_id")
rule = to_one(RecoveryRule, "rule_id")
survey = to_one(Survey, "survey_id")
touchpoint = to_one(Touchpoint, "touchpoint_id")
segment = to_one(Segment, "segment_id")
recoveries_of_rule = to_many(Recovery, "rule_id", OPENED_AT)
recoveries_of_team = to_many(Recovery, "team_id", OPENED_AT)
ASKED_AT = {"ASKED_AT": Order(column("asked_at"))}
links_of_recovery = to_many(ReplyLink, "recovery_id", ASKED_AT, descending=False)
links_of_follow_up = to_many(ReplyLink, "follow_up_id", ASKED_AT, descending=False)

duplicate_of = to_one(Recovery, "duplicate_of_id")
duplicates = to_many(Recovery, "duplicate_of_id", OPENED_AT)
disputed_follow_up = to_one(FollowUp, "follow_up_id")
actions_of_recovery = to_many(
    RecoveryAction, "recovery_id", {"TAKEN_AT": Order(column("taken_at"))}, descending=False
)
recoveries_of_customer = to_many(Recovery, "customer_id", OPENED_AT)
recoveries_of_feedback = to_many(Recovery, "feedback_id", OPENED_AT)
recoveries_of_interaction = to_many(Recovery, "interaction_id", OPENED_AT)
recoveries_of_touchpoint_event = to_many(Recovery, "touchpoint_event_id", OPENED_AT)
recovery_of_follow_up = One(
    Recovery,
    lambda row, one: and_(
        one.c.follow_up_id == row.c.id, one.c.trigger == RecoveryTrigger.FOLLOW_UP_DISPUTED
    ),
)

folded_into = to_one(FollowUp, "folded_into_id")
follow_ups_of_customer = to_many(FollowUp, "customer_id", OWED_AT)
follow_ups_of_initiative = to_many(FollowUp, "initiative_id", OWED_AT)
follow_ups_of_evidence = to_many(FollowUp, "evidence_id", OWED_AT)
follow_ups_of_loop = Many(FollowUp, lambda loop, one: is_of_loop(one, loop), OWED_AT)

loops_of_initiative = to_many(FeedbackLoop, "initiative_id", OPENED_AT)
loops_of_insight = to_many(FeedbackLoop, "insight_id", OPENED_AT)

decisions_of_huddle = to_many(
    HuddleDecision, "huddle_id", {"POSITION": Order(column("position"))}, descending=False
)
huddles_of_team = to_many(Huddle, "team_id", HELD_AT)

TIMELINE = Merged(
    tuple(
        Variant(model, lambda row, one: one.c.customer_id == row.c.id, column(at))
        for model, at in (
            (TouchpointEvent, "occurred_at"),
            (Interaction, "opened_at"),
            (Feedback, "submitted_at"),
            (JourneyInstance, "started_at"),
            (Recovery, "opened_at"),
            (FollowUp, "owed_at"),
        )
    )
)
"""Everything that happened between a customer and the organisation, each by its own time."""

by_kind = Where(column("kind"))
by_id_of_recovery = Where(column("id"), names=Recovery)
by_id_of_follow_up = Where(column("id"), names=FollowUp)
by_id_of_loop = Where(column("id"), names=FeedbackLoop)
by_customer = Where(column("customer_id"), names=Customer)
by_contact_reason = Where(column("contact_reason_id"), names=ContactReason)
by_initiative = Where(column("initiative_id"), names=Initiative)
by_insight = Where(column("insight_id"), names=Insight)
by_team = Where(column("team_id"), names=Team)
by_rule = Where(column("rule_id"), names=RecoveryRule)
by_id_of_rule = Where(column("id"), names=RecoveryRule)


def _is_at_least(row: FromClause, severity: Expression) -> Condition:
    return row.c.severity >= severity


def _is_settled(row: FromClause, settled: Expression) -> Condition:
    done = among(row.c.status, SETTLED)
    return case((settled, done), else_=not_(done))


def _is_open(row: FromClause, wanted: Expression) -> Condition:
    return row.c.closed_at.is_(None) == wanted


def is_overdue(row: FromClause) -> Condition:
    """Tell whether what is due next should have been done by now."""
    return func.coalesce(row.c.due_at < func.now(), false())


def _is_overdue(row: FromClause, wanted: Expression) -> Condition:
    return is_overdue(row) == wanted


def is_told_late(row: FromClause) -> Condition:
    """Tell whether a customer who is still owed an answer should have been told by now."""
    return and_(among(row.c.status, UNTOLD), is_overdue(row))


def _is_told_late(row: FromClause, wanted: Expression) -> Condition:
    return is_told_late(row) == wanted


def lines_of(name: str) -> OfRow:
    """Return a column that holds one entry a line as a list; empty where there is nothing."""
    empty: Expression = literal_column("'{}'::text[]")
    return lambda row: func.coalesce(
        func.string_to_array(row.c[name], literal_column(r"E'\n'")), empty, type_=ARRAY(Text)
    )


overdue = Meets(_is_overdue)
told_late = Meets(_is_told_late)
at_least = Meets(_is_at_least)
settled = Meets(_is_settled)
still_open = Meets(_is_open)


def draft_of(row: FromClause) -> Expression:
    """Return what to say to a customer: the customer's own words first, then what came of them.

    It is composed when it is read and kept only when it is sent, so that it never quotes words that are gone.
    """
    words = _value_in(Evidence, "quote", lambda one: one.c.id == row.c.evidence_id)
    change = _value_in(Initiative, "name", lambda one: one.c.id == row.c.initiative_id)
    line = func.regexp_replace(words, _text(r"\s+"), _text(" "), _text("g"), type_=String)
    short = case(
        (func.char_length(line) > LONGEST_QUOTE, func.concat(func.left(line, LONGEST_QUOTE), _text("…"))),
        else_=line,
    )
    said = case(
        (words.is_(None), _text("You told us about a problem.")),
        else_=func.concat(_text("You told us: “"), short, _text("”")),
    )
    return func.concat(said, _text("\n\n"), *_came_of_it(row, change), type_=String)


def _came_of_it(row: FromClause, change: Expression) -> tuple[Expression, ...]:
    what = case(
        (row.c.news == News.CHANGED, _text("Because of it we have changed something: ")),
        (row.c.news == News.DECLINED, _text("We looked into it and decided not to go on with this: ")),
        else_=_text("Because of it we are working on this: "),
    )
    question = case((row.c.news == News.CHANGED, _text(". Is it better for you now?")), else_=_text("."))
    return what, change, question


def _text(constant: str) -> Expression:
    return literal(constant, String)


def _value_in(model: type[TenantRow], column_name: str, on: Callable[[FromClause], Condition]) -> Expression:
    other = table_of(model).alias()
    found = select(other.c[column_name]).where(other.c.tenant_id == TENANT, on(other))
    return found.correlate_except(other).scalar_subquery()
