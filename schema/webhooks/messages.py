"""What does a message say? The event, and what the endpoint's document answers about its subject."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    parse,
)

from schema.ground.context import Reader
from schema.guard.guard import RefusedError
from service.customers.reads import CUSTOMER
from service.ground.actor import Actor, ActorKind
from service.ground.problems import Invalid
from service.ground.session import Session
from service.webhooks.endpoints import reading_scopes

VARIABLE = "subject"
LARGEST_BYTES = 256 * 1024
SAMPLE = f"{CUSTOMER.prefix}_{uuid4()}"
"""Some id, by which a document can be tried before anything happened."""


def receiving(actor: Actor, scopes: frozenset[str]) -> Actor:
    """Return who reads a message's data: the receiver in the actor's tenant, with what it may see."""
    return Actor(actor.tenant_id, actor.tenant_key, "webhook", ActorKind.INTEGRATION, scopes)


def check(source: str, reader: Reader, actor: Actor) -> None:
    """Refuse a document that is no query, has other variables, or shows what one may not see.

    Raises Invalid with what is wrong with it, and LacksScope.
    """
    try:
        document = parse(source, max_tokens=4000)
        _check_shape(document)
        reader.check(source, {VARIABLE: SAMPLE}, receiving(actor, reading_scopes(actor.scopes)))
    except GraphQLSyntaxError as error:
        # Its message repeats what was sent.
        raise Invalid("document", reason=f"This is no GraphQL document: {_place(error)}.") from error
    except RefusedError as refused:
        raise Invalid("document", reason=refused.errors[0].message) from refused
    except GraphQLError as error:
        raise Invalid("document", reason=error.message) from error


def _place(error: GraphQLError) -> str:
    """Return where a document stops being one."""
    place = error.locations[0] if error.locations else None
    return f"see line {place.line}, column {place.column}" if place else "it is empty"


async def sampled(source: str, reader: Reader, session: Session, subject: str | None) -> bytes:
    """Return what a document answers about a subject, as a message of this actor's endpoint would show it."""
    actor = receiving(session.actor, reading_scopes(session.actor.scopes))
    return await reader.read_inside(source, variables(subject), actor, session)


def variables(subject: str | None) -> Mapping[str, object]:
    """Return the variables of a document."""
    return {VARIABLE: subject}


def body(type_: str, subject: str | None, occurred_at: datetime, data: bytes) -> bytes:
    """Return a message as it is signed and sent: the form that Standard Webhooks recommends."""
    event = {"type": type_, "timestamp": occurred_at, "subject": subject, "data": orjson.Fragment(data)}
    return orjson.dumps(event)


def _check_shape(document: DocumentNode) -> None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise Invalid("document", reason="A document holds exactly one operation, a query.")
    for definition in operations[0].variable_definitions or ():
        type_ = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        is_id = isinstance(type_, NamedTypeNode) and type_.name.value == "ID"
        if definition.variable.name.value != VARIABLE or not is_id:
            raise Invalid(
                "document", reason="Its only variable is $subject: ID!, the id of what it tells of."
            )
