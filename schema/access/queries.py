"""How are keys found? All of the tenant, in an order."""

from enum import Enum

import strawberry

from schema.access.types import ApiKey
from schema.ground.connections import Connection
from schema.ground.fields import closed_set, connection, extend, value
from schema.ground.inputs import OrderDirection
from schema.ground.roots import Query
from service.access import reads


class ApiKeyOrderField(Enum):
    """What keys can be sorted by."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


closed_set(
    ApiKeyOrderField,
    "What keys can be sorted by.",
    CREATED_AT="When they were made.",
    NAME="Their integration's name.",
)


@strawberry.input(description="How keys are sorted.")
class ApiKeyOrder:
    """A sort order."""

    field: ApiKeyOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@extend(Query)
class AccessQueries:
    """Where reading keys begins."""

    api_keys: Connection[ApiKey] = connection(
        "The keys of the tenant's integrations.", reads.API_KEYS, order_by=ApiKeyOrder
    )
