"""How do trackers of work report? Under their key, about issues that were linked to initiatives."""

from datetime import datetime

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.initiatives.types import Initiative
from schema.webhooks.mutations import terms
from schema.webhooks.types import Tracker
from service.ground.scopes import Scope
from service.initiatives.reads import INITIATIVE
from service.webhooks import endpoints, receipts
from service.webhooks.receipts import Report
from service.webhooks.tables import ReceiptOutcome


@strawberry.input(description="A system that may report what has shipped.")
class TrackerRegisterInput:
    """A tracker to register."""

    key: str = value("Its key, 1 to 63 small letters, digits and hyphens, such as `linear`.")
    name: str = value("Its name.")


@strawberry.input(description="A secret of a tracker to replace.")
class TrackerSecretRotateInput:
    """A secret to replace."""

    key: str = value("Whose secret.")
    overlap_hours: int = value("For how many hours both secrets are accepted, 0 to 720.", default=24)


@strawberry.input(description="Under which issue a tracker keeps the work of an initiative.")
class InitiativeIssueLinkInput:
    """An issue to link."""

    initiative_id: strawberry.ID = value("Which initiative.")
    tracker: str = value("The tracker's key.")
    issue: str = value("The issue as the tracker names it, 1 to 200 characters.")
    url: str | None = value("Where people read it.", default=None)


@strawberry.input(description="That an issue shipped.")
class TrackerReceiptInput:
    """A report."""

    tracker: str = value("The tracker's key.")
    receipt: str = value("The tracker's own id of this report, 1 to 200 characters; it counts once.")
    issue: str = value("The issue, as the tracker names it.")
    shipped_at: datetime = value("When the change came into effect.")
    scope: str = value("For whom it came into effect, 1 to 200 characters.")
    reference: str | None = value(
        "What names the change elsewhere, such as a release; the issue otherwise.", default=None
    )


@strawberry.type(description="A tracker with a new secret.")
class TrackerSecretPayload(Payload):
    """The answer that shows a secret."""

    tracker: Tracker | None = value("The tracker, as it is now.", default=None)
    secret: str | None = value(
        "The secret, `whsec_…`, by which the tracker signs its reports. It is shown now and never again.",
        default=None,
    )


@strawberry.type(description="What linking an issue did.")
class InitiativeIssuePayload(Payload):
    """The answer to a link."""

    initiative: Initiative | None = value("The initiative, as it is now.", default=None)


@strawberry.type(description="What a report did.")
class TrackerReceiptPayload(Payload):
    """The answer to a report."""

    outcome: ReceiptOutcome | None = value("What it did, or did the first time.", default=None)
    initiative: Initiative | None = value("The initiative that the issue stands for.", default=None)


@extend(Mutation)
class TrackerMutations:
    """The writes of trackers."""

    @mutation(Scope.WEBHOOKS_DESIGN, description="Let a tracker of work report; its secret is shown once.")
    async def tracker_register(self, info: Info, input: TrackerRegisterInput) -> TrackerSecretPayload:  # noqa: A002
        """Register a tracker."""
        made = await receipts.register(info.context.session, input.key, input.name, terms(info.context))
        return TrackerSecretPayload(tracker=node(Tracker, made.id), secret=made.secret)

    @mutation(
        Scope.WEBHOOKS_DESIGN, description="Replace a tracker's secret; both hold until the overlap ends."
    )
    async def tracker_secret_rotate(
        self,
        info: Info,
        input: TrackerSecretRotateInput,  # noqa: A002
    ) -> TrackerSecretPayload:
        """Replace a secret."""
        session = info.context.session
        tracker = await receipts.by_key(session, input.key, "key")
        made = await endpoints.rotate(
            session, tracker, terms(info.context), overlap_hours=input.overlap_hours
        )
        return TrackerSecretPayload(tracker=node(Tracker, made.id), secret=made.secret)

    @mutation(Scope.INITIATIVES_WRITE, description="Say under which issue a tracker keeps an initiative.")
    async def initiative_issue_link(
        self,
        info: Info,
        input: InitiativeIssueLinkInput,  # noqa: A002
    ) -> InitiativeIssuePayload:
        """Link an issue."""
        id_ = await receipts.link(
            info.context.session,
            ids.decode(input.initiative_id, INITIATIVE, "initiativeId"),
            input.tracker,
            input.issue,
            url=input.url,
        )
        return InitiativeIssuePayload(initiative=node(Initiative, id_))

    @mutation(
        Scope.INITIATIVES_WRITE, description="Report that an issue shipped: then its initiative has shipped."
    )
    async def tracker_receipt(self, info: Info, input: TrackerReceiptInput) -> TrackerReceiptPayload:  # noqa: A002
        """Take a report."""
        report = Report(input.receipt, input.issue, input.shipped_at, input.scope, input.reference)
        taken = await receipts.receive(info.context.session, input.tracker, report)
        return TrackerReceiptPayload(
            outcome=ReceiptOutcome(taken.outcome), initiative=node(Initiative, taken.initiative_id)
        )
