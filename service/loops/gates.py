"""May this customer be written to now? Not against their word, and not too soon after the last message."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from service.customers import consents
from service.customers.tables import ConsentPurpose
from service.feedback.tables import SurveyInvitation
from service.ground.machine import Requirement
from service.ground.reads import Condition, Expression, among
from service.ground.statements import TENANT
from service.ground.tables import TenantRow, table_of
from service.loops.rule_tables import ConsentBasis, ReplyLink
from service.loops.tables import FollowUp, FollowUpStatus
from service.loops.terms import days, term

PURPOSE = ConsentPurpose.FEEDBACK


class SendBlock(StrEnum):
    """Why a customer cannot be told now."""

    OPTED_OUT = "OPTED_OUT"
    NO_CONSENT = "NO_CONSENT"
    WRITTEN_TO_LATELY = "WRITTEN_TO_LATELY"


def _last(model: type[TenantRow], at: str, row: FromClause) -> Expression:
    one = table_of(model).alias()
    return (
        select(func.max(one.c[at]))
        .where(one.c.tenant_id == TENANT, one.c.customer_id == row.c.customer_id, one.c[at].is_not(None))
        .correlate_except(one)
        .scalar_subquery()
    )


def last_message(row: FromClause) -> Expression:
    """Return when the customer of a row was last written to; null for never.

    Follow-ups, invitations to surveys and questions whether it is good now all tire.
    """
    return func.greatest(
        _last(FollowUp, "sent_at", row),
        _last(SurveyInvitation, "sent_at", row),
        _last(ReplyLink, "asked_at", row),
        type_=table_of(FollowUp).c.sent_at.type,
    )


def _agrees(row: FromClause) -> Condition:
    return not_(func.coalesce(consents.has_refused(row.c.customer_id, PURPOSE), literal_column("false")))


def _has_agreed(row: FromClause) -> Condition:
    opt_out = term("consent_basis") == literal_column(f"'{ConsentBasis.OPT_OUT}'")
    return or_(opt_out, consents.latest(row.c.customer_id, PURPOSE).is_not(None))


def _is_rested(row: FromClause) -> Condition:
    last = last_message(row)
    return or_(last.is_(None), last + days("quiet_days") <= func.now())


MAY_BE_TOLD = (
    Requirement(
        SendBlock.OPTED_OUT, "The customer does not object to being told what came of their words.", _agrees
    ),
    Requirement(
        SendBlock.NO_CONSENT,
        "The customer has agreed to be told, where the tenant's terms ask for consent.",
        _has_agreed,
    ),
    Requirement(
        SendBlock.WRITTEN_TO_LATELY,
        "The last message to the customer lies as far back as the tenant's terms ask for.",
        _is_rested,
    ),
)
"""What has to be true before a customer is told; each code is a reason why one cannot be."""


def _is_untold(row: FromClause) -> Condition:
    return among(row.c.status, (FollowUpStatus.OWED, FollowUpStatus.READY))


def blocks_of(row: FromClause) -> Expression:
    """Return why a customer who is still owed an answer cannot be told now; empty for all others."""
    unmet: list[ColumnElement[Any]] = [
        case((or_(not_(_is_untold(row)), one.met(row)), None), else_=literal_column(f"'{one.code}'", Text))
        for one in MAY_BE_TOLD
    ]
    return func.array_remove(cast(array(unmet), ARRAY(Text)), None, type_=ARRAY(Text))


def sendable_from(row: FromClause) -> Expression:
    """Return from when on messages of late are no hindrance; null where they are none now."""
    last = last_message(row)
    until = last + days("quiet_days")
    return case((and_(_is_untold(row), until > func.now()), until), else_=None)
