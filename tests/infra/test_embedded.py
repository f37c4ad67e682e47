"""Does the embedded PostgreSQL start, get shared, stop and recover as promised?"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from infra.embedded import EmbeddedDatabaseRefused, running

PATIENCE_SECONDS = 60.0
SUPERVISOR = (sys.executable, "-m", "infra", "database")
SMALL = {"shared_buffers": "16MB"}


@contextmanager
def supervisor(state_dir: Path, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that supervises a cluster and has printed its URL."""
    environment = {**os.environ, "CXGRAPH_STATE_DIR": str(state_dir), **variables}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(SUPERVISOR, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        # Who is killed leaves its socket's folder to the next start, and here none follows.
        shutil.rmtree((state_dir / "postgres" / "socket").read_text(), ignore_errors=True)


def announced_url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def server_of(state_dir: Path) -> int:
    return int((state_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists() or "Z" not in _state(pid)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def await_end(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


async def answer(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_given_url_wins_and_nothing_is_started(tmp_path: Path) -> None:
    with running(tmp_path, given_url="postgresql://elsewhere/db") as url:
        assert url == "postgresql://elsewhere/db"

    assert list(tmp_path.iterdir()) == []


async def test_the_server_is_durable_and_speaks_utc_in_plain_unicode(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL) as url:
        assert await answer(url, "SHOW fsync") == "on"
        assert await answer(url, "SHOW jit") == "off"
        assert await answer(url, "SHOW timezone") == "UTC"
        assert await answer(url, "SHOW listen_addresses") == "127.0.0.1"
        assert await answer(url, "SHOW server_encoding") == "UTF8"
        assert await answer(url, "SELECT lower('ÅÉ')") == "åé"


async def test_the_password_is_needed_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL) as url:
        password = (tmp_path / "postgres" / "password").read_text().strip()

        with pytest.raises(asyncpg.InvalidPasswordError):
            await answer(url.replace(password, "guessed"), "SELECT 1")

    assert (tmp_path / "postgres" / "password").stat().st_mode & 0o777 == 0o600


async def test_content_and_address_outlive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL) as first:
        await answer(first, "CREATE TABLE kept AS SELECT 42 AS value")

    with running(tmp_path, settings=SMALL) as second:
        assert await answer(second, "SELECT value FROM kept") == 42

    assert second == first


async def test_leaving_the_block_leaves_no_process_and_no_socket(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL):
        server = server_of(tmp_path)
        sockets = Path((tmp_path / "postgres" / "socket").read_text())
        assert sockets.is_dir()

    assert not alive(server)
    assert not sockets.exists()


async def test_a_second_process_joins_the_running_server(tmp_path: Path) -> None:
    with supervisor(tmp_path) as first:
        url = announced_url(first)
        server = server_of(tmp_path)

        with running(tmp_path, settings=SMALL) as joined:
            assert joined == url

        assert alive(server), "who only joined must not stop the server"


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_the_server_ends_with_its_supervisor(tmp_path: Path, word: signal.Signals) -> None:
    with supervisor(tmp_path) as process:
        announced_url(process)
        server = server_of(tmp_path)

        process.send_signal(word)
        process.wait(PATIENCE_SECONDS)

        await_end(server)


async def test_what_was_committed_survives_a_killed_server(tmp_path: Path) -> None:
    with supervisor(tmp_path) as process:
        url = announced_url(process)
        await answer(url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS value")
        server = server_of(tmp_path)
        os.kill(server, signal.SIGKILL)
        process.kill()
        process.wait(PATIENCE_SECONDS)
        await_end(server)

    with running(tmp_path, settings=SMALL) as recovered:
        assert await answer(recovered, "SELECT sum(value) FROM kept") == 500_500


async def test_a_killed_server_is_started_again_whatever_its_processes_say_last(tmp_path: Path) -> None:
    with supervisor(tmp_path) as process:
        url = announced_url(process)
        waiting = asyncio.create_task(answer(url, "SELECT pg_sleep(600)"))
        await asyncio.sleep(0.5)
        os.kill(server_of(tmp_path), signal.SIGKILL)
        with pytest.raises((OSError, asyncpg.PostgresError)):
            await waiting

        assert await answered(url, "SELECT 1") == 1
        assert b"\0" not in (tmp_path / "postgres" / "log").read_bytes()


async def answered(url: str, question: str) -> object:
    """Ask until the server is there."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await answer(url, question)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)


async def test_a_strangers_process_number_does_not_block_the_start(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL):
        notes = (tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    stranger = [str(os.getpid()), *notes[1:]]
    (tmp_path / "postgres" / "data" / "postmaster.pid").write_text("\n".join(stranger) + "\n")

    with running(tmp_path, settings=SMALL) as url:
        assert await answer(url, "SELECT 1") == 1


async def test_an_attempt_that_was_cut_off_is_begun_anew(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    with running(tmp_path, settings=SMALL) as url:
        assert await answer(url, "SELECT current_database()") == "cxgraph"


async def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with running(tmp_path, settings=SMALL):
        pass
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("15\n")

    with pytest.raises(EmbeddedDatabaseRefused, match="was made by PostgreSQL 15"), running(tmp_path):
        pytest.fail("a cluster of another version was started")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
async def test_root_without_namespaces_runs_the_server_as_nobody(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("setpriv", "true"):
        (programs / name).symlink_to(shutil.which(name) or name)

    with supervisor(tmp_path, PATH=str(programs)) as process:
        assert await answer(announced_url(process), "SELECT 1") == 1
        owner = (tmp_path / "postgres" / "data").stat().st_uid

    assert owner == pwd.getpwnam("nobody").pw_uid
