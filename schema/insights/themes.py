"""How do clients correct themes? A person's name and a person's assignment hold against every model."""

import strawberry

from schema.feedback.types import Feedback
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.insights.types import Theme
from service.feedback.reads import FEEDBACK
from service.ground.scopes import Scope
from service.insights import reads, themes


@strawberry.input(description="A theme named by hand.")
class ThemeAddInput:
    """A theme to add."""

    name: str = value("Its name.")
    description: str | None = value("What it is about.", default=None)


@strawberry.input(description="A better name for a theme.")
class ThemeRenameInput:
    """A theme to rename."""

    theme_id: strawberry.ID = value("Which theme.")
    name: str = value("Its name; later runs that find the theme again keep it.")


@strawberry.input(description="Feedback that speaks of a theme.")
class ThemeAssignInput:
    """Feedback to assign."""

    theme_id: strawberry.ID = value("Which theme.")
    feedback_ids: list[strawberry.ID] = value("The feedback, 1 to 100.")


@strawberry.input(description="Feedback that does not speak of a theme.")
class ThemeWithdrawInput:
    """Assignments to withdraw."""

    theme_id: strawberry.ID = value("Which theme.")
    feedback_ids: list[strawberry.ID] = value("The feedback, 1 to 100; each is assigned to the theme.")
    reason: str = value("Why it does not speak of it; kept with the assignment.")


@strawberry.type(description="What a write of a theme did.")
class ThemePayload(Payload):
    """The answer to a write of a theme."""

    theme: Theme | None = value("The theme, as it is now.", default=None)


@strawberry.type(description="What correcting assignments did.")
class ThemeAssignmentPayload(Payload):
    """The answer to a correction."""

    theme: Theme | None = value("The theme.", default=None)
    feedback: list[Feedback] = strawberry.field(
        description="The feedback, with its assignments as they are now.", default_factory=list
    )


@extend(Mutation)
class ThemeMutations:
    """The corrections of themes."""

    @mutation(Scope.INSIGHTS_WRITE, description="Name a theme by hand, as yet without feedback.")
    async def theme_add(self, info: Info, input: ThemeAddInput) -> ThemePayload:  # noqa: A002
        """Add a theme."""
        id_ = await themes.add(info.context.session, input.name, input.description)
        return ThemePayload(theme=node(Theme, id_))

    @mutation(Scope.INSIGHTS_WRITE, description="Give a theme a better name; what the run called it is kept.")
    async def theme_rename(self, info: Info, input: ThemeRenameInput) -> ThemePayload:  # noqa: A002
        """Rename a theme."""
        id_ = ids.decode(input.theme_id, reads.THEME, "themeId")
        await themes.rename(info.context.session, id_, input.name)
        return ThemePayload(theme=node(Theme, id_))

    @mutation(
        Scope.INSIGHTS_WRITE, description="Say that feedback speaks of a theme; no model takes that back."
    )
    async def theme_assign(self, info: Info, input: ThemeAssignInput) -> ThemeAssignmentPayload:  # noqa: A002
        """Assign feedback."""
        id_ = ids.decode(input.theme_id, reads.THEME, "themeId")
        feedback = ids.decode_all(input.feedback_ids, FEEDBACK, "feedbackIds")
        await themes.assign(info.context.session, id_, feedback)
        shown = [one for one in (node(Feedback, each) for each in feedback) if one]
        return ThemeAssignmentPayload(theme=node(Theme, id_), feedback=shown)

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Say that feedback does not speak of a theme; no model assigns it again.",
    )
    async def theme_withdraw(self, info: Info, input: ThemeWithdrawInput) -> ThemeAssignmentPayload:  # noqa: A002
        """Withdraw assignments."""
        id_ = ids.decode(input.theme_id, reads.THEME, "themeId")
        feedback = ids.decode_all(input.feedback_ids, FEEDBACK, "feedbackIds")
        await themes.withdraw(info.context.session, id_, feedback, input.reason)
        shown = [one for one in (node(Feedback, each) for each in feedback) if one]
        return ThemeAssignmentPayload(theme=node(Theme, id_), feedback=shown)
