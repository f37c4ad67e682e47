"""What is killed? A database under its supervisor and a service, each a process of its own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from infra.migrations import steps
from tests.kill.proxy import Proxy, between

TENANT = "airline"
PATIENCE_SECONDS = 120.0
LAG_SECONDS = 0.01
"""How long the answer to a COMMIT takes: the moment in which a kill leaves the outcome unknown."""


@dataclass(slots=True)
class Service:
    """The service, which can be killed and started again at the same address."""

    database_url: str
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, "DATABASE_URL": self.database_url, "CXGRAPH_PORT": str(self.port)}
        # Only the writers commit: each cut then meets one of theirs.
        environment |= {"CXGRAPH_RELAY": "false", "CXGRAPH_PERIODIC_WORK": "false"}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra", "serve"], env=environment, stdout=output, stderr=output
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that can be killed, and a way around it to the truth."""

    service: Service
    proxy: Proxy
    database_url: str
    data: Path

    def crash_postgresql(self) -> None:
        """Kill the postmaster; its supervisor starts another one, which recovers."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    async def terminate_backends(self) -> None:
        """End every connection of the service from inside of PostgreSQL."""
        ending = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'cxgraph' AND pid <> pg_backend_pid()"
        )
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(ending)
        finally:
            await connection.close()

    async def restart_service(self) -> None:
        """Kill the service and start it again."""
        self.service.kill()
        self.service.start()
        await self.service.ready()


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Start everything, with a tenant and nothing else."""
    supervisor = _supervisor(folder)
    try:
        assert supervisor.stdout is not None
        url = (await asyncio.to_thread(supervisor.stdout.readline)).strip()
        await steps.upgrade(url)
        await add_tenant(url)
        async with between(url) as (proxy, behind):
            proxy.lag = LAG_SECONDS
            service = Service(behind, free_port(), folder / "service.log")
            service.start()
            try:
                await service.ready()
                yield Stage(service, proxy, url, folder / "postgres" / "data")
            finally:
                service.kill()
    finally:
        supervisor.send_signal(signal.SIGINT)
        supervisor.communicate()


def _supervisor(folder: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "CXGRAPH_STATE_DIR": str(folder)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "infra", "database"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


async def add_tenant(url: str) -> None:
    """Make the tenant that the clients write into."""
    connection = await asyncpg.connect(url)
    try:
        sql = "INSERT INTO tenant (id, key, name) VALUES (gen_random_uuid(), $1, $1)"
        await connection.execute(sql, TENANT)
    finally:
        await connection.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
