"""How does a key look to a client? Everything but what would let somebody use it."""

from datetime import datetime

from schema.ground.fields import column, entity, one
from schema.ground.roots import Node
from service.access import reads


@entity(reads.API_KEY, description="What a program of the tenant proves with who it is.")
class ApiKey(Node):
    """A key."""

    name: str = column("The integration that it belongs to.")
    scopes: list[str] = column("What it allows, sorted.", reads.scopes_of)
    created_by: str = column("Who made it.")
    created_at: datetime = column("When it was made.")
    expires_at: datetime = column("When it stops to work.")
    revoked_at: datetime | None = column("When somebody made it stop to work.")
    replaces: "ApiKey | None" = one("The key that it was made to replace.", reads.replaced_by_key)
