"""How do clients decide on suggestions? A person accepts or dismisses; nothing happens by itself."""

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.insights.findings import Suggestion
from schema.insights.types import Insight
from service.ground.problems import Invalid
from service.ground.scopes import Scope
from service.insights import reads, suggestions
from service.insights.finding_reads import SUGGESTION
from service.insights.suggestions import Into
from service.insights.tables import InsightKind

VERSION = "Refuse if the suggestion has changed since this version."
WORDS = ("title", "summary", "kind", "severity", "owner")


@strawberry.input(
    description="What the insight says that a suggestion becomes; the rest the suggestion says."
)
class SuggestedInsightInput:
    """A claim made of a suggestion."""

    title: str | None = value("The claim in a line; the suggestion's title if absent.", default=None)
    summary: str | None = value("The claim in full; why it was suggested if absent.", default=None)
    kind: InsightKind = value("What it is about.", default=InsightKind.PAIN)
    severity: int = value("How bad it is for those it happens to, from 1 to 5.", default=3)
    owner: str | None = value("The person or function that answers for it.", default=None)


@strawberry.input(description="A suggestion to accept; without an insight a new one is made of it.")
class SuggestionAcceptInput:
    """A suggestion to accept."""

    suggestion_id: strawberry.ID = value("Which suggestion.")
    insight_id: strawberry.ID | None = value(
        "The insight that takes it in, where there is one.", default=None
    )
    insight: SuggestedInsightInput | None = value("What a new insight says.", default=None)
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="A suggestion that leads nowhere.")
class SuggestionDismissInput:
    """A suggestion to dismiss."""

    suggestion_id: strawberry.ID = value("Which suggestion.")
    reason: str = value("Why; it is kept, and the same is not suggested again until it changes.")
    expected_version: int | None = value(VERSION, default=None)


@strawberry.type(description="What deciding on a suggestion did.")
class SuggestionPayload(Payload):
    """The answer to a decision."""

    suggestion: Suggestion | None = value("The suggestion, as it is now.", default=None)
    insight: Insight | None = value("The insight it became; null where it was dismissed.", default=None)


@extend(Mutation)
class SuggestionMutations:
    """The decisions on suggestions."""

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Accept a suggestion: it becomes an insight, its signals the evidence, each quoted.",
    )
    async def suggestion_accept(self, info: Info, input: SuggestionAcceptInput) -> SuggestionPayload:  # noqa: A002
        """Accept a suggestion."""
        id_ = ids.decode(input.suggestion_id, SUGGESTION, "suggestionId")
        insight_id = await suggestions.accept(
            info.context.session, id_, _into(input), expected_version=input.expected_version
        )
        return SuggestionPayload(suggestion=node(Suggestion, id_), insight=node(Insight, insight_id))

    @mutation(Scope.INSIGHTS_WRITE, description="Dismiss a suggestion, with a reason.")
    async def suggestion_dismiss(self, info: Info, input: SuggestionDismissInput) -> SuggestionPayload:  # noqa: A002
        """Dismiss a suggestion."""
        id_ = ids.decode(input.suggestion_id, SUGGESTION, "suggestionId")
        await suggestions.dismiss(
            info.context.session, id_, input.reason, expected_version=input.expected_version
        )
        return SuggestionPayload(suggestion=node(Suggestion, id_))


def _into(sent: SuggestionAcceptInput) -> Into:
    if sent.insight_id is None:
        said = sent.insight or SuggestedInsightInput()
        return {name: getattr(said, name) for name in WORDS}
    if sent.insight is not None:
        raise Invalid("insight", reason="Name an insight that there is, or a new one; not both.")
    return ids.decode(sent.insight_id, reads.INSIGHT, "insightId")
