"""The verb `serve`: answer requests, and migrate before or load the demo meanwhile where asked to."""

import asyncio
from argparse import ArgumentParser, Namespace
from asyncio import Task
from collections.abc import Generator
from contextlib import contextmanager
from socket import socket

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from infra.app import Application
from infra.database import opened
from infra.demo.loader import load_apart
from infra.demo.tenants import tenants
from infra.development import LOUD
from infra.embedded import running
from infra.migrations import steps
from infra.settings import Settings
from infra.slow_clients import Connection, Deadlines, connection_type
from infra.telemetry.logs import log_as_json
from infra.verbs.verb import Verb

TICKS_A_SECOND = 10
FRAME_LIMIT_BYTES = 131_072
"""The largest message a client may send over a socket."""


class Server(uvicorn.Server):
    """A server that tells its address when it listens, with a demo when that is loaded."""

    def __init__(self, config: uvicorn.Config, application: Application, pause: float, *, demo: bool) -> None:
        super().__init__(config)
        self._application = application
        self._pause = pause
        self._demo = demo
        self._loading: Task[None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Starts listening; says where, or starts loading the demo."""
        await super().startup(sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        url = f"http://{self.config.host}:{port}"
        if self._demo:
            self._loading = asyncio.create_task(self._load(url))
        else:
            _tell(url, is_trusting=self._application.is_trusting)

    async def on_tick(self, counter: int) -> bool:
        """Looks at the clock for all connections, once a second."""
        if counter % TICKS_A_SECOND == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.look(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Ends the loading of the demo, drains, then stops listening."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait([self._loading])
        await self._application.draining.drain(self._pause, lambda: self.force_exit)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Lets a signal end the service in order; who drained has done what was asked, and ends with 0."""
        with super().capture_signals():
            yield
            if not self.force_exit:
                self._captured_signals.clear()

    async def _load(self, url: str) -> None:
        print(f"\n  {url}/ answers already; the demo comes in now unless it is there.\n", flush=True)
        status = await load_apart(url)
        if self.should_exit:
            return
        if status:
            print("\n  The demo is not complete; the reason is above. The service goes on.", flush=True)
        _tell(url, is_trusting=self._application.is_trusting)


def _tell(url: str, *, is_trusting: bool) -> None:
    loud = f"\n  {LOUD}\n" if is_trusting else ""
    print(f"{loud}\n  cxgraph explores at {url}/", flush=True)


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--migrate", action="store_true", help="bring the database to this version's schema first"
    )
    parser.add_argument(
        "--demo", action="store_true", help="bring the demo tenants in, unless they are there"
    )


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        owner_url = settings.owner_url or url
        if arguments.migrate:
            asyncio.run(steps.upgrade(owner_url, lock_timeout_seconds=settings.migration_lock_seconds))
        if arguments.demo:
            asyncio.run(_add_demo_tenants(owner_url))
        if settings.logs_json:
            log_as_json(discreet=settings.is_production)
        application = Application(settings, url)
        server = Server(
            configuration(settings, application), application, settings.pause, demo=arguments.demo
        )
        server.run()
        return 0 if server.started else 1


async def _add_demo_tenants(url: str) -> None:
    async with opened(url, role=None, largest=1) as database:
        for tenant in tenants():
            await database.add_tenant(tenant.key, tenant.name)


def configuration(settings: Settings, application: Application) -> uvicorn.Config:
    """Returns how the server listens."""
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=connection_type(Deadlines(settings.header_seconds, settings.body_seconds), application.at_once),
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=FRAME_LIMIT_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_level="warning",
        log_config=None if settings.logs_json else LOGGING_CONFIG,
        server_header=False,
        timeout_keep_alive=int(settings.idle_timeout_seconds),
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )


SERVE = Verb("serve", "answer GraphQL requests and show the explorer", _run, _options)
