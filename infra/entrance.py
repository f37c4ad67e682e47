"""Which requests are let in, whatever protocol they come by? What they state, and who may ask it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.admission import Gate, Priority
from infra.bodies import Bodies, Refused
from infra.cors import Origins
from infra.trusted import PersistedDocuments
from schema.execution import Request
from schema.guard.permissions import Permissions
from service.ground.actor import Actor


@dataclass(frozen=True, slots=True)
class Entrance:
    """Who is let in, with what, and for how long."""

    gate: Gate
    bodies: Bodies
    documents: PersistedDocuments
    permissions: Permissions
    origins: Origins
    seconds: float
    """The longest a read may take; a request can ask for less."""

    def request(self, stated: Mapping[str, Any], *, reads_only: bool = False, size: int = 0) -> Request:
        """Returns the GraphQL request that parameters state; raises Refused for a wrong type, or Unknown."""
        extensions = _map(stated, "extensions")
        source = self.documents.source(
            stated.get("query"), stated.get("documentId"), extensions.get("persistedQuery")
        )
        if not isinstance(source, str) or not source:
            raise Refused(400, "State the document in `query`, as a string.")
        name = stated.get("operationName")
        if not isinstance(name, str | None):
            raise Refused(400, "`operationName` is a string.")
        bulk = self.bodies.is_bulk(size)
        if bulk and "mutation" not in source:
            raise self.bodies.too_large()
        return Request(source, name or None, _map(stated, "variables"), reads_only, bulk)

    def check(self, request: Request, actor: Actor) -> None:
        """Refuses a document that is not trusted, where only trusted ones are answered."""
        documents = self.documents
        if documents.only_trusted and not (
            documents.is_trusted(request.source) or self.permissions.asks_freely(actor)
        ):
            raise Refused(400, "Only trusted documents are answered here.", code="DOCUMENT_NOT_TRUSTED")


def priority(request: Request) -> Priority:
    """Returns how urgent a request is, by a look at its text: it is not parsed yet.

    No mutation is taken for a query, which can be called off; a query that speaks of mutations does no harm.
    """
    if request.bulk:
        return Priority.BULK
    return Priority.MUTATION if "mutation" in request.source else Priority.QUERY


def _map(stated: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = stated.get(name)
    if not isinstance(value, dict | None):
        raise Refused(400, f"`{name}` is a JSON object.")
    return value or {}
