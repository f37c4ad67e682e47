"""What does every test stand on? One real PostgreSQL per run, one migrated database per worker.

The process that controls the run starts the server and migrates a template once; each worker then has a
database copied from that template, which costs a fraction of migrating it.
"""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import service
from infra import settings
from infra.embedded import running
from infra.migrations import steps
from tests.databases import copied, execute, sibling

# The fixtures of those who ask the graph.
pytest_plugins = ("tests.ground",)

SERVER_VARIABLE = "CXGRAPH_TEST_SERVER_URL"
TEMPLATE_VARIABLE = "CXGRAPH_TEST_TEMPLATE"
SERVICE_START_SECONDS = 60.0
TABLES_OF = service.__name__  # Importing the package fills the metadata with the tables of every chapter.
RESOURCES = pytest.StashKey[ExitStack]()

# The database lives as long as the run: nothing in it needs to survive a power cut.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
}


def pytest_configure(config: pytest.Config) -> None:
    """Starts the server in the controlling process; workers find its address in their environment."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell lets what runs in the background ignore Ctrl-C, and that passes on to all that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stack = config.stash.setdefault(RESOURCES, ExitStack())
    server_url = stack.enter_context(_server())
    template = f"cxgraph_test_{secrets.token_hex(4)}"
    asyncio.run(_make_template(server_url, template))
    stack.callback(lambda: asyncio.run(_drop(server_url, template)))
    os.environ[SERVER_VARIABLE] = server_url
    os.environ[TEMPLATE_VARIABLE] = template


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the server after the last worker."""
    config.stash.get(RESOURCES, ExitStack()).close()


@pytest.fixture(scope="session")
def server_url() -> str:
    """The PostgreSQL of this run, for tests that make databases of their own."""
    return os.environ[SERVER_VARIABLE]


@pytest.fixture(scope="session")
async def database_url(server_url: str, worker_id: str) -> AsyncIterator[str]:
    """A migrated database of this worker alone."""
    template = os.environ[TEMPLATE_VARIABLE]
    name = f"{template}_{worker_id}"
    await execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield sibling(server_url, name)
    await _drop(server_url, name)


@pytest.fixture
async def own_database_url(server_url: str) -> AsyncIterator[str]:
    """A migrated database of this test alone, so that no other test's tenants are worked for."""
    async with copied(server_url, os.environ[TEMPLATE_VARIABLE]) as url:
        yield url


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """A database of this test alone, without a single table."""
    name = f"{os.environ[TEMPLATE_VARIABLE]}_empty_{secrets.token_hex(4)}"
    await execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield sibling(server_url, name)
    await _drop(server_url, name)


@pytest.fixture(scope="session")
def service_url(database_url: str) -> Iterator[str]:
    """The address of the real service, in a process of its own, on this worker's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": database_url, "CXGRAPH_PORT": str(port)}
    # Tests say themselves when periodic work is done and when events are carried.
    environment |= {"CXGRAPH_PERIODIC_WORK": "false", "CXGRAPH_RELAY": "false"}
    with tempfile.TemporaryFile("w+") as log:
        service = subprocess.Popen(
            [sys.executable, "-m", "infra", "serve"], env=environment, stdout=log, stderr=log
        )
        try:
            _await_service(service, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(SERVICE_START_SECONDS)
            log.seek(0)
            sys.stdout.write(log.read())


def _await_service(service: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + SERVICE_START_SECONDS
    while time.monotonic() < deadline:
        assert service.poll() is None, "the service ended while starting; its output is below"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the service did not listen in time; its output is below")


@contextmanager
def _server() -> Iterator[str]:
    given = settings.load().database_url
    folder = Path(tempfile.mkdtemp(prefix="cxgraph-test-"))
    try:
        with running(folder, given_url=given, settings=THROW_AWAY) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _make_template(server_url: str, name: str) -> None:
    await execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    await steps.upgrade(sibling(server_url, name))


async def _drop(server_url: str, name: str) -> None:
    await execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
