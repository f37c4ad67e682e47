"""Who else answers such requests? PostGraphile over the same tables; a check that it answers the same."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import orjson

from tests.bench.node import PACKAGES, node
from tests.bench.operations import MARK, Document, Operation
from tests.bench.processes import Server, free_port, serving
from tests.bench.series import TENANT_KEY, Population

POOL_SIZE = 8
PREFIX = re.compile(r"^[a-z]{3}_(?=[0-9a-f]{8}-)")
FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)(\.\d*?)0+(?=[+Z])")
# What only one of the two has around a value: PostGraphile a link's row, the service a score's scale.
WRAPPERS = ({"only"}, {"value"})


class Different(Exception):
    """Two contenders answered differently; the message shows both answers."""


@contextmanager
def service(url: str, cores: frozenset[int], name: str = "cxgraph", **more: str) -> Iterator[Server]:
    """Runs the service itself, under a name of its own and with more in its environment."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "CXGRAPH_PORT": str(port),
        "CXGRAPH_POOL_SIZE": str(POOL_SIZE),
        # As in a pod that answers requests: events and periodic work are carried by another process.
        "CXGRAPH_RELAY": "false",
        "CXGRAPH_PERIODIC_WORK": "false",
        # One tenant stands for all: its account of points must not be what is measured.
        "CXGRAPH_POINTS_PER_SECOND": "1e9",
        "CXGRAPH_POINTS_SAVED": "1000000000",
        **more,
    }
    command = [sys.executable, "-m", "infra", "serve"]
    with serving(name, command, environment, port=port, cores=cores) as server:
        yield server


@contextmanager
def postgraphile(url: str, cores: frozenset[int]) -> Iterator[Server]:
    """Runs PostGraphile with as many connections to the database as the service has."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "PORT": str(port),
        "POOL_SIZE": str(POOL_SIZE),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = [node(), str(PACKAGES / "server.mjs")]
    with serving("PostGraphile", command, environment, port=port, cores=cores) as server:
        yield server


def asked(server: Server, document: Document, population: Population, number: int) -> object:
    """Returns the data that a server answers; raises Different where it answers with errors."""
    body = document.body(population, number).replace(MARK.encode(), b"%012d" % number)
    headers = {"content-type": "application/json", "accept": "application/json", "x-cx-tenant": TENANT_KEY}
    request = Request(server.url, body, headers)  # noqa: S310 - our own server on 127.0.0.1
    with urlopen(request, timeout=60) as response:  # noqa: S310 - the same
        answer = orjson.loads(response.read())
    data = answer.get("data")
    if "errors" in answer or data is None or _refused(data):
        message = f"{server.name} refused {document.source}:\n{orjson.dumps(answer).decode()[:2000]}"
        raise Different(message)
    return data


def _refused(data: object) -> bool:
    return isinstance(data, dict) and any(
        isinstance(one, dict) and one.get("userErrors") for one in data.values()
    )


def check_equal(operation: Operation, ours: object, other: object, name: str) -> None:
    """Raises Different unless both answers hold the same; of writes, unless they have the same shape."""
    one, two = plain(ours), plain(other)
    if operation.writes:
        one, two = sorted(_leaves(one)), sorted(_leaves(two))
    if one != two:
        shown = "\n".join(
            orjson.dumps(each, option=orjson.OPT_INDENT_2).decode()[:1500] for each in (one, two)
        )
        message = f"cxgraph and {name} differ in {operation.name!r}:\n{shown}"
        raise Different(message)


def plain(value: object) -> object:
    """Returns an answer without what only dresses it: prefixes of ids, zeros that end fractions, wrappers."""
    if isinstance(value, dict):
        if set(value) in WRAPPERS:
            return plain(next(iter(value.values())))
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return FRACTION.sub(_shortest, PREFIX.sub("", value)) if isinstance(value, str) else value


def _shortest(fraction: "re.Match[str]") -> str:
    return fraction[1].rstrip(".")


def _leaves(value: object) -> list[str]:
    """Returns the names of the fields of the thing that was written."""
    if not isinstance(value, dict):
        return []
    found = [name for name, one in value.items() if not isinstance(one, dict | list)]
    return found or [leaf for one in value.values() for leaf in _leaves(one)]
