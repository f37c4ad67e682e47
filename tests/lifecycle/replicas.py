"""What is restarted, and who sends requests meanwhile? Processes, and a balancer that asks the probes."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

START_SECONDS = 60.0
PROBE_SECONDS = 0.2
PAUSE_SECONDS = 0.8
QUESTION = {"query": "{ customers(first: 1) { nodes { id } } }"}


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Replica:
    """One process of the service, which can be started again on its port."""

    database_url: str
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        settings = {
            "DATABASE_URL": self.database_url,
            "CXGRAPH_PORT": str(self.port),
            "CXGRAPH_PERIODIC_WORK": "false",
            "CXGRAPH_PAUSE_SECONDS": str(PAUSE_SECONDS),
            **self.environment,
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra",
            "serve",
            env={**os.environ, **settings},
            stdout=asyncio.subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while not await self.is_ready():
            assert self.process.returncode is None, "the service ended while starting"
            assert time.monotonic() < deadline, "the service was not ready in time"
            await asyncio.sleep(0.05)

    async def stop(self) -> int:
        """Tell it to stop, and return how it ended."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), START_SECONDS)

    async def status(self, path: str) -> int:
        """Return the status of a probe, 0 where nobody answers."""
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                return (await client.get(f"{self.url}{path}")).status_code
        except httpx.TransportError:
            return 0

    async def is_ready(self) -> bool:
        """Whether it takes requests."""
        return await self.status("/readyz") == 200


@dataclass(slots=True)
class Load:
    """Clients that never rest, and what they got."""

    replicas: list[Replica]
    tenant: str
    ready: list[Replica] = field(default_factory=list)
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    going: bool = True

    async def probe(self) -> None:
        """Keep only those who say that they are ready, as a Service of Kubernetes does."""
        while self.going:
            states = await asyncio.gather(*(one.is_ready() for one in self.replicas))
            self.ready = [one for one, ready in zip(self.replicas, states, strict=True) if ready]
            await asyncio.sleep(PROBE_SECONDS)

    async def ask(self, client: httpx.AsyncClient, number: int) -> None:
        """Send one request after the other, over connections that are kept."""
        while self.going:
            if not self.ready:
                self.failures.append("nobody was ready")
                await asyncio.sleep(PROBE_SECONDS)
                continue
            number += 1
            chosen = self.ready[number % len(self.ready)]
            try:
                answer = await client.post(
                    f"{chosen.url}/graphql", json=QUESTION, headers={"x-cx-tenant": self.tenant}
                )
            except httpx.TransportError as error:
                self.failures.append(repr(error))
                continue
            if answer.status_code != 200 or "errors" in answer.json():
                self.failures.append(answer.text)
            self.answered += 1
            await asyncio.sleep(0.005)


@asynccontextmanager
async def load(replicas: list[Replica], tenant: str, clients: int = 4) -> AsyncIterator[Load]:
    """Send requests meanwhile."""
    running = Load(replicas, tenant, list(replicas))
    limits = httpx.Limits(max_keepalive_connections=clients)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
        tasks = [asyncio.create_task(running.probe())]
        tasks += [asyncio.create_task(running.ask(client, number)) for number in range(clients)]
        try:
            yield running
        finally:
            running.going = False
            await asyncio.gather(*tasks)


async def roll(database_url: str, tenant: str, times: int) -> Load:
    """Restart two replicas in turn, so often in all, under load; return what the clients got."""
    replicas = [Replica(database_url), Replica(database_url)]
    try:
        for one in replicas:
            await one.start()
        async with load(replicas, tenant) as running:
            for number in range(times):
                one = replicas[number % 2]
                ended = await one.stop()
                assert ended == 0
                await one.start()
                await asyncio.sleep(2 * PROBE_SECONDS)
                done = f"restart {number + 1}: {running.answered} answers, {len(running.failures)} failures"
                sys.stderr.write(done + "\n")
        return running
    finally:
        for one in replicas:
            if one.process is not None:
                await one.stop()
