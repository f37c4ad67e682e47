"""How do clients write feedback? They ask by surveys, and submit what was said one by one or in batches."""

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.feedback.inputs import (
    FeedbackCodeInput,
    FeedbackImportInput,
    FeedbackSubmitInput,
    answer_of,
    answer_of_row,
    coding_of,
)
from schema.feedback.types import Feedback, Survey, SurveyInvitation
from schema.ground import ids
from schema.ground.batches import BatchPayload, BatchRow, errors_of, summary_of
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from service import feedback
from service.feedback import reads, tables
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.interactions.reads import INTERACTION
from service.touchpoints.tables import Channel

COLUMNS = (
    "name",
    "kind",
    "purpose",
    "question",
    "scale_min",
    "scale_max",
    "direction",
    "cooldown_days",
    "quiet_days",
    "needs_consent",
)


@strawberry.input(description="What is to be true of a survey; fields that are absent keep what they are.")
class SurveyUpsertInput:
    """A survey to create or change."""

    key: str = value("Which survey, by its key; created if there is none.")
    name: strawberry.Maybe[str] = value("Its name; a new survey needs one.")
    kind: strawberry.Maybe[tables.SurveyKind] = value("What it measures; a new survey needs it.")
    purpose: strawberry.Maybe[tables.SurveyPurpose] = value("What it asks about; a new survey needs it.")
    question: strawberry.Maybe[str | None] = value("The question, as customers read it; null clears it.")
    scale_min: strawberry.Maybe[float] = value(
        "The smallest answer; a new survey has 0 for NPS and 1 for others. It stays once there are any."
    )
    scale_max: strawberry.Maybe[float] = value(
        "The largest answer; a new survey has 10 for NPS, 5 for CSAT, 7 for CES. It stays once there are any."
    )
    direction: strawberry.Maybe[tables.ScaleDirection] = value(
        "Which end is the good one; a new survey has HIGHER_IS_BETTER. It stays once there are answers."
    )
    cooldown_days: strawberry.Maybe[int] = value(
        "How many days a customer who answered it is not asked again, from 0; a new survey has 0."
    )
    quiet_days: strawberry.Maybe[int] = value(
        "How many days a customer who answered any other survey is not asked, from 0; a new survey has 0."
    )
    needs_consent: strawberry.Maybe[bool] = value(
        "Whether only customers who agreed to be asked may be; a new survey does not need it."
    )
    expected_version: int | None = value("Refuse if the survey has changed since this version.", default=None)


@strawberry.input(description="A survey that is put to a customer now.")
class SurveyInviteInput:
    """An invitation."""

    survey_key: str = value("The survey.")
    customer: CustomerRef = value("Who is asked.")
    channel: Channel = value("The way by which the invitation goes.")
    interaction_id: strawberry.ID | None = value("The matter that gives the occasion.", default=None)


@strawberry.type(description="What an invitation did.")
class SurveyInvitePayload(Payload):
    """The answer to an invitation."""

    invitation: SurveyInvitation | None = value("The invitation that was recorded.", default=None)


@strawberry.type(description="What an upsert of a survey did.")
class SurveyUpsertPayload(Payload):
    """The answer to an upsert."""

    survey: Survey | None = value("The survey, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What a submission did.")
class FeedbackSubmitPayload(Payload):
    """The answer to a submission."""

    feedback: Feedback | None = value("The feedback, as it is kept.", default=None)
    outcome: Outcome | None = value("Whether it is new, or had been sent before.", default=None)


@strawberry.type(description="What a coding did.")
class FeedbackCodePayload(Payload):
    """The answer to a coding."""

    feedback: Feedback | None = value("The feedback, as it is kept.", default=None)


@strawberry.type(description="What became of one row of an import.")
class FeedbackImportRow(BatchRow):
    """One row's result."""

    feedback: Feedback | None = value("The feedback; null where nothing is kept.", default=None)


@strawberry.type(description="What an import did.")
class FeedbackImportPayload(BatchPayload):
    """The answer to an import."""

    results: list[FeedbackImportRow] = strawberry.field(
        description="One a row, in order.", default_factory=list
    )


@extend(Mutation)
class FeedbackMutations:
    """The writes of feedback."""

    @mutation(
        Scope.FEEDBACK_DESIGN,
        description="Create or change a survey; its scale stays once there are answers.",
    )
    async def survey_upsert(self, info: Info, input: SurveyUpsertInput) -> SurveyUpsertPayload:  # noqa: A002
        """Upsert one survey."""
        patch = feedback.SurveyPatch(input.key, given(input, COLUMNS), input.expected_version)
        id_, outcome = await feedback.survey_upsert(info.context.session, patch)
        return SurveyUpsertPayload(survey=node(Survey, id_), outcome=outcome)

    @mutation(
        Scope.FEEDBACK_WRITE,
        description="Record that a survey is put to a customer; refused where `mayAsk` does not allow it.",
    )
    async def survey_invite(self, info: Info, input: SurveyInviteInput) -> SurveyInvitePayload:  # noqa: A002
        """Invite a customer."""
        id_ = await feedback.invite(
            info.context.session,
            customer_ref(input.customer, "customer"),
            input.survey_key,
            input.channel,
            interaction_id=ids.decode_optional(input.interaction_id, INTERACTION, "interactionId"),
        )
        return SurveyInvitePayload(invitation=node(SurveyInvitation, id_))

    @mutation(Scope.FEEDBACK_WRITE, description="Record what somebody said; the service may react to it.")
    async def feedback_submit(self, info: Info, input: FeedbackSubmitInput) -> FeedbackSubmitPayload:  # noqa: A002
        """Submit one piece of feedback."""
        id_, outcome = await feedback.submit(info.context.session, answer_of(input))
        return FeedbackSubmitPayload(feedback=node(Feedback, id_), outcome=outcome)

    @mutation(
        Scope.FEEDBACK_WRITE,
        description="Say what words speak of and how they sound; the words stay as they are.",
    )
    async def feedback_code(self, info: Info, input: FeedbackCodeInput) -> FeedbackCodePayload:  # noqa: A002
        """Code one piece of feedback."""
        feedback_id = ids.decode(input.feedback_id, reads.FEEDBACK, "feedbackId")
        id_ = await feedback.code(info.context.session, feedback_id, coding_of(input))
        return FeedbackCodePayload(feedback=node(Feedback, id_))

    @mutation(
        Scope.FEEDBACK_WRITE, description="Record up to 1,000 pieces of feedback, with a result for each."
    )
    async def feedback_import(self, info: Info, input: FeedbackImportInput) -> FeedbackImportPayload:  # noqa: A002
        """Import much feedback."""
        results = await feedback.import_all(
            info.context.session,
            [answer_of_row(row) for row in input.feedback],
            input.error_policy,
            dry_run=input.dry_run,
            silent=input.silent,
        )
        rows = [
            FeedbackImportRow(
                index=r.index, outcome=r.outcome, user_errors=errors_of(r), feedback=node(Feedback, r.id)
            )
            for r in results
        ]
        return FeedbackImportPayload(results=rows, summary=summary_of(results))
