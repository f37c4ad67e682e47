"""Does `serve` answer while the demo comes in, survive its failure, and leave nothing behind?"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 60.0
ANSWERS_ALREADY = "answers already"
EXPLORES = "cxgraph explores at"
LOADING = "Loading servicedesk"
SERVED = "{ customers { totalCount } }"


class Service:
    """A service in a session of its own, so that whatever it leaves behind is found."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    def await_words(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return self._log.read_text()

    def answers(self, tenant: str) -> bool:
        reply = httpx.post(
            f"{self.url}/graphql", json={"query": SERVED}, headers={"x-cx-tenant": tenant}, timeout=10
        )
        return "errors" not in reply.json()

    def loader(self) -> int:
        """The process that loads the demo, a child of the service."""
        command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
        listed = subprocess.run(command, check=True, capture_output=True, text=True)
        lines = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        own = [(int(pid), words) for pid, parent, words in lines if int(parent) == self.process.pid]
        [child] = [pid for pid, words in own if "infra.demo" in words]
        return child


@contextmanager
def serving(database_url: str, folder: Path, *options: str) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    environment = {**os.environ, "DATABASE_URL": database_url, "CXGRAPH_PORT": str(port)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra", "serve", "--migrate", *options],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Service(process, f"http://127.0.0.1:{port}", log)
    finally:
        if has_members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)


def has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


async def test_without_the_demo_the_address_is_told_at_once(empty_database_url: str, tmp_path: Path) -> None:
    with serving(empty_database_url, tmp_path) as service:
        service.await_words(f"{EXPLORES} {service.url}/")

        assert ANSWERS_ALREADY not in service.said()
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
async def test_the_loader_ends_with_the_service(
    empty_database_url: str, tmp_path: Path, word: signal.Signals
) -> None:
    with serving(empty_database_url, tmp_path, "--demo") as service:
        service.await_words(LOADING)
        assert service.answers("airport")

        service.process.send_signal(word)

        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert not has_members(service.process.pid)
        assert EXPLORES not in service.said()
        assert "not complete" not in service.said()


async def test_a_demo_that_fails_leaves_the_service_running(empty_database_url: str, tmp_path: Path) -> None:
    with serving(empty_database_url, tmp_path, "--demo") as service:
        service.await_words(LOADING)

        os.kill(service.loader(), signal.SIGKILL)
        service.await_words(EXPLORES)

        assert "The demo is not complete" in service.said()
        assert service.answers("servicedesk")
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert not has_members(service.process.pid)


def test_a_demo_without_a_service_says_why_it_failed() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
        words = [sys.executable, "-m", "infra.demo", nobody]
        ended = subprocess.run(words, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    assert ended.returncode == 1
    assert ended.stderr.startswith("The demo could not be loaded: ")
