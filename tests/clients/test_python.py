"""Do Python's gql and the sync of a CRM work with the service, also when answers are lost?"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from gql.transport.httpx import HTTPXAsyncTransport

from tests.clients import crm_sync
from tests.clients.conftest import Tenant, run

CRM = [{"id": str(n), "name": f"Customer {n}", "email": f"c{n}@example.org"} for n in range(1003)]
EVENT = {"key": "order-1", "type": "ORDERED", "occurredAt": "2026-03-01T09:30:00Z"}


class Counts(httpx.AsyncHTTPTransport):
    """A good network that notes how many customers each request carried."""

    def __init__(self) -> None:
        """Has carried nothing yet."""
        super().__init__()
        self.rows: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request."""
        self.rows.append(len(json.loads(request.content)["variables"]["customers"]))
        return await super().handle_async_request(request)


class LosesAnswers(httpx.AsyncHTTPTransport):
    """A network on which the service does what it is told, and every other answer never arrives."""

    def __init__(self) -> None:
        """Has lost nothing yet."""
        super().__init__()
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, and lose its answer unless the one before was lost."""
        self.bodies.append(request.content)
        answer = await super().handle_async_request(request)
        if len(self.bodies) % 2:
            await answer.aclose()
            message = "the answer was lost"
            raise httpx.ReadError(message, request=request)
        return answer


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> LosesAnswers:
    """A bad network, on which one need not wait long."""
    monkeypatch.setattr(crm_sync, "FIRST_PAUSE_SECONDS", 0.001)
    return LosesAnswers()


def sync(tenant: Tenant, network: httpx.AsyncHTTPTransport) -> crm_sync.Sync:
    transport = HTTPXAsyncTransport(tenant.url, headers=tenant.headers, timeout=60, transport=network)
    return crm_sync.Sync(transport)


async def test_gql_reads_all_pages_and_knows_the_schema(tenant: Tenant) -> None:
    names = ("Ada", "Barbara", "Edsger")
    await tenant.add(*((name, f"{name}@example.org") for name in names))

    said = await run(sys.executable, "python_gql.py", environment=tenant.environment)

    assert said.split() == list(names)


async def test_a_sync_sends_only_what_changed_in_batches_of_a_thousand(
    tenant: Tenant, tmp_path: Path
) -> None:
    state, network = tmp_path / "state.json", Counts()
    first = await sync(tenant, network).customers(CRM, state)
    renamed = [{**CRM[0], "name": "Ada King"}, *CRM[1:]]

    second = await sync(tenant, network).customers(renamed, state)
    third = await sync(tenant, network).customers(renamed, state)

    assert (first, second, third) == (Counter(CREATED=1003), Counter(UPDATED=1), Counter())
    assert network.rows == [1000, 3, 1]


async def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    tenant: Tenant, network: LosesAnswers, tmp_path: Path
) -> None:
    outcomes = await sync(tenant, network).customers(CRM[:2], tmp_path / "state.json")

    assert outcomes == Counter(CREATED=2)
    assert len(network.bodies) == 2
    assert network.bodies[0] == network.bodies[1]
    assert (await tenant.ask("{ customers { totalCount } }")) == {"customers": {"totalCount": 2}}


async def test_a_row_that_is_refused_holds_up_no_other_and_is_sent_again(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state, network = tmp_path / "state.json", Counts()
    unknown, plain = f"acc_{uuid4()}", crm_sync.customer

    def of_an_account(row: Mapping[str, str]) -> crm_sync.Row:
        return {**plain(row), "account": unknown if row["id"] == "1" else None}

    with monkeypatch.context() as patched:
        patched.setattr(crm_sync, "customer", of_an_account)
        first = await sync(tenant, network).customers(CRM[:3], state)
    second = await sync(tenant, network).customers(CRM[1:2], state)

    assert (first, second) == (Counter(CREATED=2, REJECTED=1), Counter(CREATED=1))
    assert network.rows == [3, 1]
    assert capsys.readouterr().err.startswith("1 [")


async def test_an_event_counts_once_by_its_own_key(tenant: Tenant, network: LosesAnswers) -> None:
    outcomes = await sync(tenant, network).events([EVENT])

    assert outcomes == Counter(DUPLICATE=1)
    told = await tenant.ask("{ touchpointEvents { totalCount } }")
    assert told == {"touchpointEvents": {"totalCount": 1}}


async def test_the_sync_is_a_program(tenant: Tenant, tmp_path: Path) -> None:
    file, state = tmp_path / "customers.csv", tmp_path / "state.json"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, ("id", "name", "email"))
        writer.writeheader()
        writer.writerows(CRM[:3])

    said = await run(sys.executable, "crm_sync.py", file, state, environment=tenant.environment)

    assert json.loads(said) == {"CREATED": 3}
    assert set(json.loads(state.read_text())) == {"0", "1", "2"}
