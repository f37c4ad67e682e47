"""How are keys read? Newest first; nothing that could be used as a key is among what is shown."""

from sqlalchemy import ARRAY, FromClause, Text, cast, func, literal_column

from service.access.tables import ApiKey
from service.ground.reads import Entity, Expression, Order, all_of, column, to_one

API_KEY = Entity(ApiKey, "key")
API_KEYS = all_of(ApiKey, {"CREATED_AT": Order(column("created_at")), "NAME": Order(column("name"))})
replaced_by_key = to_one(ApiKey, "replaces_id")


def scopes_of(row: FromClause) -> Expression:
    """Return a key's scopes as a list."""
    return cast(func.string_to_array(row.c.scopes, literal_column("' '")), ARRAY(Text))
