"""How does PgBouncer run here? With the very parameters that the cluster's pooler has."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from infra.embedded.privileges import give_to_server, unprivileged
from infra.roles import APP
from tests.kill.stage import free_port

POOLER = Path(__file__).parents[2] / "k8s" / "components" / "postgres-cnpg" / "pooler.yaml"
PASSWORD = "rehearsal"
LEAST = (1, 21)
"""Older ones do not know prepared statements in transaction mode."""
PATIENCE_SECONDS = 20.0


def pgbouncer() -> str | None:
    """Return the program: that which PGBOUNCER names, or the installed one; None where none is new enough."""
    found = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"PgBouncer (\d+)\.(\d+)", said)
    return found if version and (int(version[1]), int(version[2])) >= LEAST else None


@dataclass(frozen=True, slots=True)
class Pooler:
    """A running PgBouncer."""

    port: int
    log: Path
    _process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where the service connects to."""
        return f"postgresql://{APP}:{PASSWORD}@127.0.0.1:{self.port}/cxgraph"

    def end(self) -> None:
        """End it, and all its connections."""
        self._process.kill()
        self._process.wait()


@contextmanager
def pooled(program: str, database_url: str, folder: Path, **changed: object) -> Iterator[Pooler]:
    """Run PgBouncer before a database; a test may change parameters."""
    port = changed.setdefault("listen_port", free_port())
    assert isinstance(port, int)
    (folder / "users.txt").write_text(f'"{APP}" "{PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(configuration(database_url, folder, changed))
    log = folder / "pgbouncer.log"
    give_to_server(folder)
    command = [*unprivileged(), program, str(folder / "pgbouncer.ini")]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    pooler = Pooler(port, log, process)
    try:
        _wait(process, log)
        yield pooler
    finally:
        pooler.end()


def configuration(database_url: str, folder: Path, changed: Mapping[str, object]) -> str:
    """Return the file: what the manifest says of pools, and where everything is here."""
    pools = yaml.safe_load(POOLER.read_text())["spec"]["pgbouncer"]
    to = urlsplit(database_url)
    parameters = {
        "listen_addr": "127.0.0.1",
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": folder / "users.txt",
        "pool_mode": pools["poolMode"],
        **pools["parameters"],
        **changed,
    }
    lines = [f"{name} = {value}" for name, value in parameters.items()]
    database = f"cxgraph = host={to.hostname} port={to.port} dbname={to.path[1:]}"
    return "\n".join(["[databases]", database, "[pgbouncer]", *lines, ""])


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "process up" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
