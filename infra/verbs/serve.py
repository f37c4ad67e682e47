"""The verb `serve`: answer requests, after migrating and loading the demo where that is asked for."""

import asyncio
from argparse import ArgumentParser, Namespace
from socket import socket

import uvicorn

from infra.app import Application
from infra.auth import LOUD
from infra.embedded import running
from infra.migrations import steps
from infra.settings import Settings
from infra.verbs.verb import Verb


class Server(uvicorn.Server):
    """A server that tells its address when it listens."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Starts listening and says where."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(f"\n  {LOUD}\n\n  cxgraph explores at http://{self.config.host}:{port}/", flush=True)


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--migrate", action="store_true", help="bring the database to this version's schema first"
    )
    parser.add_argument(
        "--demo", action="store_true", help="load the demo tenants first, unless they are loaded"
    )


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        if arguments.migrate:
            asyncio.run(steps.upgrade(url, lock_timeout_seconds=settings.migration_lock_seconds))
        server = Server(_configuration(settings, url))
        server.run()
        return 0 if server.started else 1


def _configuration(settings: Settings, url: str) -> uvicorn.Config:
    return uvicorn.Config(
        Application(settings, url),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=int(settings.idle_timeout_seconds),
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )


SERVE = Verb("serve", "answer GraphQL requests and show the explorer", _run, _options)
