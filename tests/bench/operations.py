"""What is measured? Five reads and two writes, each as it is asked of the service and of its peer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import orjson

from tests.bench import documents
from tests.bench.series import TENANT_ID, Population

MARK = "\u0001"
"""Stands in a body for a number that is never sent twice: six digits of the run, six of the request."""
BATCH = 1000
SUBJECT = "The invoice shows an amount I do not know"
BODIES = 2000
BATCHES = 8

Variables = Callable[[Population, int], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL operation, and its variables for the thing that has a number."""

    source: str
    variables: Variables

    def body(self, population: Population, number: int) -> bytes:
        """Returns the request's body, on one line."""
        request = {"query": self.source, "variables": self.variables(population, number)}
        return orjson.dumps(request).replace(rb"\u0001", MARK.encode())


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the benchmark; `things` are what its numbers count.

    A batch takes long: it is measured for `stretch` times as long, so that many are answered in time.
    """

    name: str
    title: str
    ours: Document
    things: Callable[[Population], int]
    peer: Document | None = None
    writes: bool = False
    rows: int = 1
    stretch: int = 1

    def numbers(self, population: Population) -> list[int]:
        """Returns the numbers of the things that are asked for, drawn once, the same in every run."""
        things, draw = self.things(population), Random(population.seed)  # noqa: S311 - nothing secret
        wanted = BATCHES if self.rows > 1 else BODIES
        return [1] if things == 1 else [draw.randint(1, things) for _ in range(wanted)]

    def bodies(self, document: Document, population: Population) -> list[bytes]:
        """Returns the bodies to send, in their order."""
        return [document.body(population, number) for number in self.numbers(population)]


def _customers(population: Population) -> int:
    return population.customers.count


def _one(_: Population) -> int:
    return 1


def _nothing(_population: Population, _number: int) -> Mapping[str, object]:
    return {}


def _tenant(_population: Population, _number: int) -> Mapping[str, object]:
    return {"tenant": str(TENANT_ID)}


def _customer(population: Population, number: int) -> Mapping[str, object]:
    return {"id": f"cus_{population.customers.id(number)}"}


def _customer_row(population: Population, number: int) -> Mapping[str, object]:
    return {"tenant": str(TENANT_ID), "id": str(population.customers.id(number))}


def _matter(population: Population, number: int) -> Mapping[str, object]:
    customer = {"id": f"cus_{population.customers.id(number)}"}
    return {"input": {"customer": customer, "channel": "CHAT", "subject": SUBJECT}}


def _matter_row(population: Population, number: int) -> Mapping[str, object]:
    at = "2026-01-01T00:00:00Z"
    times = dict.fromkeys(("createdAt", "updatedAt", "openedAt", "lastEventAt"), at)
    matter = {
        "tenantId": str(TENANT_ID),
        "rowId": f"01a00000-0000-7000-8000-{MARK}",
        "source": "peer",
        "key": MARK,
        "customerId": str(population.customers.id(number)),
        "channel": "CHAT",
        "subject": SUBJECT,
        "status": "NEW",
        "priority": "NORMAL",
        "origin": "REACTIVE",
        "version": 1,
        "reopenCount": 0,
        **times,
    }
    return {"input": {"interaction": matter}}


def _batch(population: Population, number: int) -> Mapping[str, object]:
    customers, touchpoints = population.customers.count, population.touchpoints.count
    events = [
        {
            "key": f"{MARK}-{row:04d}",
            "type": "page_viewed",
            "occurredAt": "2025-12-31T10:00:00Z",
            "channel": "WEB",
            "customer": {
                "externalId": {"system": "crm", "value": f"crm-{1 + (number + row * 37) % customers:07d}"}
            },
            "touchpointKey": f"touchpoint-{1 + row % touchpoints:07d}",
        }
        for row in range(BATCH)
    ]
    return {"input": {"source": "bench", "events": events}}


OPERATIONS = (
    Operation(
        "customer",
        "one customer, 8 fields, by id",
        Document(documents.CUSTOMER, _customer),
        _customers,
        Document(documents.PEER_CUSTOMER, _customer_row),
    ),
    Operation(
        "page",
        "50 customers, 8 fields each",
        Document(documents.PAGE, _nothing),
        _one,
        Document(documents.PEER_PAGE, _tenant),
    ),
    Operation(
        "nested",
        "20 customers → last 10 interactions → touchpoint and feedback",
        Document(documents.NESTED, _nothing),
        _one,
        Document(documents.PEER_NESTED, _tenant),
    ),
    Operation(
        "initiatives",
        "10 initiatives → insights → 5 evidence → interaction → customer",
        Document(documents.INITIATIVES, _nothing),
        _one,
        Document(documents.PEER_INITIATIVES, _tenant),
    ),
    Operation(
        "timeline",
        "a customer's timeline, first 20",
        Document(documents.TIMELINE, _customer),
        _customers,
    ),
    Operation(
        "log",
        "mutation interactionLog",
        Document(documents.LOG, _matter),
        _customers,
        Document(documents.PEER_LOG, _matter_row),
        writes=True,
    ),
    Operation(
        "ingest",
        f"mutation touchpointEventIngest, {BATCH:,} rows a request",
        Document(documents.INGEST, _batch),
        _customers,
        writes=True,
        rows=BATCH,
        stretch=2,
    ),
)
