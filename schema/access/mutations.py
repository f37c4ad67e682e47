"""How do administrators manage keys? Making shows one once; replacing lets the old one work on a while."""

import strawberry

from schema.access.types import ApiKey
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from service import access
from service.access.reads import API_KEY
from service.ground.problems import Invalid
from service.ground.scopes import Scope

SCOPES = {scope.value: scope for scope in Scope}


@strawberry.input(description="A key to make for an integration that has none.")
class ApiKeyCreateInput:
    """A key to make."""

    name: str = value(
        "The integration's name, 1 to 100 characters; it appears as the subject of what it does."
    )
    scopes: list[str] = value('What it may do, such as "customers:read"; only what you may do yourself.')
    valid_days: int = value("After how many days it stops to work, 1 to 730.", default=365)


@strawberry.input(description="A key to replace.")
class ApiKeyRotateInput:
    """A key to replace."""

    key_id: strawberry.ID = value("The key; it must still work and must not be replaced yet.")
    overlap_hours: int = value("For how many hours the old one works on, 0 to 720.", default=24)
    valid_days: int = value("After how many days the new one stops to work, 1 to 730.", default=365)


@strawberry.input(description="A key to revoke.")
class ApiKeyRevokeInput:
    """A key to revoke."""

    key_id: strawberry.ID = value("The key.")


@strawberry.type(description="A key that was just made.")
class ApiKeySecretPayload(Payload):
    """The answer that shows a key."""

    api_key: ApiKey | None = value("What is kept of it.", default=None)
    secret: str | None = value(
        "The whole key, to be sent as `Authorization: Bearer …`. It is shown now and never again.",
        default=None,
    )


@strawberry.type(description="A key that was revoked.")
class ApiKeyPayload(Payload):
    """The answer to a revocation."""

    api_key: ApiKey | None = value("What is kept of it.", default=None)


def _scopes(sent: list[str]) -> list[Scope]:
    for number, name in enumerate(sent):
        if name not in SCOPES:
            raise Invalid("scopes", number, reason="There is no such scope; docs/permissions.md lists them.")
    return [SCOPES[name] for name in sent]


def _shown(made: access.NewKey) -> ApiKeySecretPayload:
    return ApiKeySecretPayload(api_key=node(ApiKey, made.id), secret=made.text)


@extend(Mutation)
class AccessMutations:
    """The writes of access."""

    @mutation(Scope.ACCESS_DESIGN, description="Make a key for an integration; its secret is shown once.")
    async def api_key_create(self, info: Info, input: ApiKeyCreateInput) -> ApiKeySecretPayload:  # noqa: A002
        """Make a key."""
        scopes = _scopes(input.scopes)
        return _shown(
            await access.create(info.context.session, input.name, scopes, valid_days=input.valid_days)
        )

    @mutation(Scope.ACCESS_DESIGN, description="Replace a key; both work until the overlap ends.")
    async def api_key_rotate(self, info: Info, input: ApiKeyRotateInput) -> ApiKeySecretPayload:  # noqa: A002
        """Replace a key."""
        made = await access.rotate(
            info.context.session,
            ids.decode(input.key_id, API_KEY, "keyId"),
            valid_days=input.valid_days,
            overlap_hours=input.overlap_hours,
        )
        return _shown(made)

    @mutation(Scope.ACCESS_DESIGN, description="Let a key work no more; seen everywhere within seconds.")
    async def api_key_revoke(self, info: Info, input: ApiKeyRevokeInput) -> ApiKeyPayload:  # noqa: A002
        """Revoke a key."""
        id_ = await access.revoke(info.context.session, ids.decode(input.key_id, API_KEY, "keyId"))
        return ApiKeyPayload(api_key=node(ApiKey, id_))
