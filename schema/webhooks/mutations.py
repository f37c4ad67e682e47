"""How do other systems ask to be told of events? Registering shows a secret, a dry run shows a message."""

from datetime import datetime

import strawberry

from schema.ground import ids
from schema.ground.context import Context, Info, Reader, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.guard.guard import RefusedError
from schema.webhooks import messages
from schema.webhooks.types import WebhookDelivery, WebhookEndpoint
from service.ground.problems import Blocked, Invalid
from service.ground.scopes import Scope, require
from service.webhooks import deliveries, endpoints, subjects
from service.webhooks.endpoints import Terms, Wish
from service.webhooks.reads import WEBHOOK_DELIVERY, WEBHOOK_ENDPOINT

URL = "Where messages go: https, port 443 or 8443, a public server."
TYPES = "Of what it is told, 1 to 100: `feedback.submitted`, or `feedback.*` for all about it."
DOCUMENT = (
    "A query of at most 20,000 characters; its only variable is $subject: ID!, the id of what it tells "
    "of; its answer is a message's data."
)


@strawberry.input(description="Who is to be told of events, and what.")
class WebhookRegisterInput:
    """An endpoint to register."""

    url: str = value(URL)
    event_types: list[str] = value(TYPES)
    document: str = value(DOCUMENT)
    description: str | None = value("What it is for, at most 500 characters.", default=None)


@strawberry.input(description="What is to be true of an endpoint, all of it.")
class WebhookUpdateInput:
    """An endpoint to change."""

    endpoint_id: strawberry.ID = value("Which endpoint.")
    url: str = value(URL)
    event_types: list[str] = value(TYPES)
    document: str = value(DOCUMENT)
    description: str | None = value("What it is for, at most 500 characters; null clears it.", default=None)
    expected_version: int | None = value(
        "Refuse if the endpoint has changed since this version.", default=None
    )


@strawberry.input(description="A secret to replace.")
class WebhookSecretRotateInput:
    """A secret to replace."""

    endpoint_id: strawberry.ID = value("Whose secret.")
    overlap_hours: int = value("For how many hours both secrets sign, 0 to 720.", default=24)


@strawberry.input(description="A message to look at before anything is sent.")
class WebhookDryRunInput:
    """A message to try."""

    event_type: str = value("The type of the event, such as `feedback.submitted`.")
    document: str = value(DOCUMENT)
    subject_id: strawberry.ID | None = value(
        "What it tells of; that of the newest event of this type where none is named.", default=None
    )


@strawberry.input(description="Events to be told once more.")
class WebhookReplayInput:
    """Events to tell again."""

    endpoint_id: strawberry.ID = value("Who is told.")
    since: datetime = value("What happened from this moment on; at most 10,000 events at a time.")


@strawberry.type(description="What a write of an endpoint did.")
class WebhookPayload(Payload):
    """The answer to a write of an endpoint."""

    endpoint: WebhookEndpoint | None = value("The endpoint, as it is now.", default=None)


@strawberry.type(description="An endpoint with a new secret.")
class WebhookSecretPayload(Payload):
    """The answer that shows a secret."""

    endpoint: WebhookEndpoint | None = value("The endpoint, as it is now.", default=None)
    secret: str | None = value(
        "The secret, `whsec_…`, by which any library of Standard Webhooks verifies messages. It is shown now "
        "and never again.",
        default=None,
    )


@strawberry.type(description="A message that was not sent.")
class WebhookDryRunPayload(Payload):
    """The answer to a dry run."""

    body: str | None = value("The body, as it would be signed and sent.", default=None)
    bytes: int | None = value("Its length in bytes; at most 262,144 are sent.", default=None)


@strawberry.type(description="What a request to deliver did.")
class WebhookDeliveryPayload(Payload):
    """The answer about one delivery."""

    delivery: WebhookDelivery | None = value("The delivery, as it is now.", default=None)


@strawberry.type(description="What a replay did.")
class WebhookReplayPayload(Payload):
    """The answer to a replay."""

    endpoint: WebhookEndpoint | None = value("The endpoint, as it is now.", default=None)
    deliveries: int | None = value("How many deliveries wait because of it.", default=None)
    continue_since: datetime | None = value(
        "From when on to replay next, where there were more events than one replay takes.", default=None
    )


@extend(Mutation)
class WebhookMutations:
    """The writes of webhooks."""

    @mutation(
        Scope.WEBHOOKS_DESIGN, description="Let another system be told of events; shows its secret once."
    )
    async def webhook_register(self, info: Info, input: WebhookRegisterInput) -> WebhookSecretPayload:  # noqa: A002
        """Register an endpoint."""
        context = info.context
        made = await endpoints.register(context.session, _wish(input, context), terms(context))
        return WebhookSecretPayload(endpoint=node(WebhookEndpoint, made.id), secret=made.secret)

    @mutation(
        Scope.WEBHOOKS_DESIGN, description="Change what an endpoint is told, and where; as you may see it."
    )
    async def webhook_update(self, info: Info, input: WebhookUpdateInput) -> WebhookPayload:  # noqa: A002
        """Change an endpoint."""
        context = info.context
        id_ = await endpoints.change(
            context.session,
            ids.decode(input.endpoint_id, WEBHOOK_ENDPOINT, "endpointId"),
            _wish(input, context),
            terms(context),
            expected_version=input.expected_version,
        )
        return WebhookPayload(endpoint=node(WebhookEndpoint, id_))

    @mutation(Scope.WEBHOOKS_DESIGN, description="Stop sending to an endpoint; what happens meanwhile waits.")
    async def webhook_pause(self, info: Info, endpoint_id: strawberry.ID) -> WebhookPayload:
        """Pause an endpoint."""
        id_ = ids.decode(endpoint_id, WEBHOOK_ENDPOINT, "endpointId")
        await endpoints.pause(info.context.session, id_)
        return WebhookPayload(endpoint=node(WebhookEndpoint, id_))

    @mutation(Scope.WEBHOOKS_DESIGN, description="Send to an endpoint again, what waited first.")
    async def webhook_resume(self, info: Info, endpoint_id: strawberry.ID) -> WebhookPayload:
        """Resume an endpoint."""
        id_ = ids.decode(endpoint_id, WEBHOOK_ENDPOINT, "endpointId")
        await endpoints.resume(info.context.session, id_)
        return WebhookPayload(endpoint=node(WebhookEndpoint, id_))

    @mutation(
        Scope.WEBHOOKS_DESIGN, description="Replace an endpoint's secret; both sign until the overlap ends."
    )
    async def webhook_secret_rotate(
        self,
        info: Info,
        input: WebhookSecretRotateInput,  # noqa: A002
    ) -> WebhookSecretPayload:
        """Replace a secret."""
        session = info.context.session
        endpoint = await endpoints.get(session, ids.decode(input.endpoint_id, WEBHOOK_ENDPOINT, "endpointId"))
        made = await endpoints.rotate(
            session, endpoint, terms(info.context), overlap_hours=input.overlap_hours
        )
        return WebhookSecretPayload(endpoint=node(WebhookEndpoint, made.id), secret=made.secret)

    @mutation(Scope.WEBHOOKS_DESIGN, description="Show a message as it would be sent; nothing is.")
    async def webhook_dry_run(self, info: Info, input: WebhookDryRunInput) -> WebhookDryRunPayload:  # noqa: A002
        """Show a message."""
        body = await _tried(info.context, input)
        return WebhookDryRunPayload(body=body.decode(), bytes=len(body))

    @mutation(Scope.WEBHOOKS_DESIGN, description="Send an endpoint a `webhook.test` message without data.")
    async def webhook_test(self, info: Info, endpoint_id: strawberry.ID) -> WebhookDeliveryPayload:
        """Send a test."""
        id_ = ids.decode(endpoint_id, WEBHOOK_ENDPOINT, "endpointId")
        made = await deliveries.test(info.context.session, id_)
        return WebhookDeliveryPayload(delivery=node(WebhookDelivery, made))

    @mutation(Scope.WEBHOOKS_DESIGN, description="Send one delivery again, under its own id.")
    async def webhook_redeliver(self, info: Info, delivery_id: strawberry.ID) -> WebhookDeliveryPayload:
        """Send a delivery again."""
        id_ = ids.decode(delivery_id, WEBHOOK_DELIVERY, "deliveryId")
        await deliveries.redeliver(info.context.session, id_)
        return WebhookDeliveryPayload(delivery=node(WebhookDelivery, id_))

    @mutation(
        Scope.WEBHOOKS_DESIGN,
        description="Tell an endpoint once more what happened since a time, also before it was registered.",
    )
    async def webhook_replay(self, info: Info, input: WebhookReplayInput) -> WebhookReplayPayload:  # noqa: A002
        """Tell events again."""
        id_ = ids.decode(input.endpoint_id, WEBHOOK_ENDPOINT, "endpointId")
        waiting, rest = await deliveries.replay(info.context.session, id_, input.since)
        return WebhookReplayPayload(
            endpoint=node(WebhookEndpoint, id_), deliveries=waiting, continue_since=rest
        )


def terms(context: Context) -> Terms:
    """Return what the settings say of webhooks; raises Blocked where they say nothing."""
    if context.webhooks is None:
        raise Blocked(reasons=["This service sends no webhooks."])
    return context.webhooks


def _reader(context: Context) -> Reader:
    if context.reader is None:
        message = "only mutation fields have a graph to ask"
        raise LookupError(message)
    return context.reader


def _wish(sent: WebhookRegisterInput | WebhookUpdateInput, context: Context) -> Wish:
    if len(sent.document) <= endpoints.LONGEST_DOCUMENT and sent.document.strip():
        messages.check(sent.document, _reader(context), context.actor)
    return Wish(sent.url, sent.event_types, sent.document, sent.description)


async def _tried(context: Context, sent: WebhookDryRunInput) -> bytes:
    session, reader = context.session, _reader(context)
    (type_,) = subjects.checked([sent.event_type], "eventType")
    require(context.actor.scopes, subjects.needs([type_]))
    messages.check(sent.document, reader, context.actor)
    found = await deliveries.sample(session, type_)
    newest = subjects.public_id(type_, found.subject_id) if found else None
    subject = sent.subject_id or newest
    if subject is None:
        raise Invalid("subjectId", reason="There was no such event yet: name what the message is to tell of.")
    try:
        data = await messages.sampled(sent.document, reader, session, subject)
    except RefusedError as refused:
        raise Invalid("subjectId", reason="The document cannot be answered for it.") from refused
    return messages.body(type_, subject, found.occurred_at if found else session.now, data)
