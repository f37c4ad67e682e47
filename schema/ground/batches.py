"""How do batches look to a client? A policy going in, one result a row and a summary coming out."""

from collections import Counter
from collections.abc import Sequence

import strawberry

from schema.ground.fields import closed_set, value
from schema.ground.payloads import Payload, UserError, user_errors
from service.ground.batches import ErrorPolicy, Outcome, RowResult

closed_set(
    ErrorPolicy,
    "What happens to a batch in which some rows are refused.",
    REJECT_ALL="Nothing is written when one row is refused.",
    REJECT_FAILED="The refused rows are left out, the others are written.",
)
closed_set(
    Outcome,
    "What a write did to one thing.",
    CREATED="It is new.",
    UPDATED="It existed and has changed.",
    UNCHANGED="It existed and already was like this.",
    DUPLICATE="The same row was sent before; nothing was written again.",
    REJECTED="It was refused, or refused together with its batch.",
)


@strawberry.input
class BatchInput:
    """What every batch may say."""

    error_policy: ErrorPolicy = value("What to do when rows are refused.", default=ErrorPolicy.REJECT_FAILED)
    dry_run: bool = value("Check everything and answer as usual, but keep nothing.", default=False)


@strawberry.type(description="How many rows of a batch had which outcome.")
class BatchSummary:
    """The counts of a batch."""

    received: int = value("Rows that were sent.")
    created: int = value("Rows that made something new.")
    updated: int = value("Rows that changed something.")
    unchanged: int = value("Rows that found everything as they say.")
    duplicates: int = value("Rows that had been sent before.")
    rejected: int = value("Rows that were refused.")


@strawberry.type
class BatchPayload(Payload):
    """What every batch answers; a chapter's payload adds the results, one a row."""

    summary: BatchSummary | None = value(
        "The counts; null where the whole batch was refused unread.", default=None
    )


@strawberry.type
class BatchRow:
    """What every row's result has; a chapter's row adds the thing it wrote."""

    index: int = value("The row's place in the batch, from 0.")
    outcome: Outcome = value("What became of it.")
    user_errors: list[UserError] = value("Why it was refused; empty where it was not.")


def summary_of(results: Sequence[RowResult]) -> BatchSummary:
    """Return the counts of a batch."""
    counts = Counter(result.outcome for result in results)
    return BatchSummary(
        received=len(results),
        created=counts[Outcome.CREATED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        duplicates=counts[Outcome.DUPLICATE],
        rejected=counts[Outcome.REJECTED],
    )


def errors_of(result: RowResult) -> list[UserError]:
    """Return why a row was refused."""
    return user_errors(result.problem) if result.problem else []
