"""Does every column of a person's rows say whether it tells of the person?"""

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import service
from service.ground.personal import sensitivity_of, tables_of_persons
from service.ground.tables import SortedText

# Texts that tell nothing of the customer, each with the reason.
IMPERSONAL: dict[str, str] = {
    **dict.fromkeys(
        (
            "customer_consent.recorded_by",
            "customer_merge.actor",
            "erasure.actor",
            "evidence.linked_by",
            "evidence.unlinked_by",
            "feedback.recorded_by",
            "feedback_theme.judged_by",
            "feedback_theme.withdrawn_by",
            "follow_up.answer_recorded_by",
            "follow_up.sent_by",
            "follow_up.waived_by",
            "interaction.assignee",
            "interaction_event.assignee",
            "lifecycle_change.actor",
            "outbox_event.actor",
            "recovery.answer_recorded_by",
            "recovery.owner",
            "recovery_action.actor",
            "recovery_action.decided_by",
            "reply_link.asked_by",
            "state_change.actor",
            "survey_invitation.sent_by",
        ),
        "somebody of the organisation, who answers for it",
    ),
    **dict.fromkeys(
        (
            "churn_risk_reason.feature",
            "customer_external_id.system",
            "feedback.emotion_source",
            "feedback.language",
            "feedback.sentiment_source",
            "feedback.source",
            "interaction.source",
            "merged_row.table_name",
            "outbox_event.traceparent",
            "webhook_delivery.event_type",
            "webhook_delivery.holder",
            "webhook_delivery.last_error",
            "webhook_delivery.traceparent",
            "outbox_event.type",
            "recovery_action.currency",
            "reply_link.answer",
            "state_change.source",
            "state_change.subject_type",
            "state_change.target",
            "touchpoint_event.source",
            "touchpoint_event.type",
            "touchpoint_event.unmatched_customer_system",
            "touchpoint_event.unmatched_touchpoint_key",
        ),
        "a word of the organisation's own, the same for many",
    ),
    "erasure.rows": "counts by table",
}


def closed(table: Table, column: Column[object]) -> bool:
    return any(constraint.name == f"ck_{table.name}_{column.name}" for constraint in table.constraints)


def undeclared() -> set[str]:
    """Every text of a person's rows that is neither a closed set nor says what it tells of them."""
    about = {name for name, table in SQLModel.metadata.tables.items() if "subject_id" in table.columns}
    return {
        f"{table.name}.{column.name}"
        for name, table in SQLModel.metadata.tables.items()
        if name in about or name in tables_of_persons()
        for column in table.columns
        if isinstance(column.type, AutoString | SortedText | JSONB)
        and sensitivity_of(column) is None
        and not closed(table, column)
    }


def test_every_text_of_a_persons_rows_says_what_it_tells_of_them() -> None:
    assert service.__doc__

    assert undeclared() == set(IMPERSONAL)
