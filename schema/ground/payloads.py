"""What does a mutation answer? The thing it changed, or the reasons why it did not."""

from collections.abc import Iterable
from typing import cast

import strawberry

from schema.ground.fields import closed_set, value
from schema.ground.roots import Query
from service.ground.problems import ErrorCode, Problem

closed_set(
    ErrorCode,
    "Why a write was refused.",
    INVALID="The value is not acceptable; the message says what is.",
    REQUIRED="A value is missing.",
    NOT_FOUND="The thing that is referred to does not exist.",
    TAKEN="The key belongs to another thing.",
    CONFLICT="Others change the same things at this moment: send the request again.",
    STALE_VERSION="The thing has changed since it was read: read it again and repeat.",
    INVALID_TRANSITION="The thing cannot go from its state to the one that was asked for.",
    BLOCKED="The step is possible, but a condition for it is missing.",
    FORBIDDEN="The subject may not do this.",
    LIMIT_EXCEEDED="More was sent than one request may hold.",
    KEY_REUSED="The key of `@idempotent` belongs to another request, which was carried out.",
    IN_PROGRESS="The same request is being carried out at this moment: send it again in a second.",
    BEYOND_AUTHORITY="The amount is more than the subject may grant; somebody else can approve it.",
)


@strawberry.type(description="One reason why a write was refused.")
class UserError:
    """A reason, and where in the input it lies."""

    code: ErrorCode = value("The kind of reason.")
    message: str = value("The reason in a sentence, with what to do about it.")
    field: list[str] | None = value('The path into the input, such as ["events", "3", "occurredAt"].')


def the_graph() -> Query:
    """Stand for the root, which the planner reads without a value."""
    return cast("Query", the_graph)


@strawberry.type
class Payload:
    """What every payload has; a chapter's payload adds the things it changed, each nullable."""

    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was changed; empty where it was.", default_factory=list
    )
    query: Query = strawberry.field(
        description="The graph as it is after this write, in the same transaction.",
        default_factory=the_graph,
    )


def user_errors(problem: Problem) -> list[UserError]:
    """Return a problem's reasons as clients read them."""
    return [
        UserError(code=refusal.code, message=refusal.message, field=list(refusal.field) or None)
        for refusal in problem.refusals()
    ]


def errors_at(problems: Iterable[Problem]) -> list[UserError]:
    """Return the reasons of several problems."""
    return [error for problem in problems for error in user_errors(problem)]
