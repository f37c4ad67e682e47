"""What is a cluster: its files, its password, the version that made it, and how is it created?"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.binaries import EmbeddedDatabaseRefused, major_version
from infra.embedded.privileges import beside_the_parent, give_to_server, unprivileged

NAME = "cxgraph"
BUILTIN_LOCALE_MAJOR = 17
STATUS_LINE = 7


@dataclass(frozen=True, slots=True)
class Cluster:
    """Says where one cluster keeps its files, and which binaries serve it."""

    home: Path
    binaries: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The folder PostgreSQL owns."""
        return self.home / "data"

    @property
    def password(self) -> str:
        """The owner's password, from the file only this user may read."""
        return (self.home / "password").read_text().strip()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1 the running server listens on."""
        return int((self.home / "port").read_text())

    @property
    def url(self) -> str:
        """The address of the running server's database."""
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"


def initialise(cluster: Cluster) -> None:
    """Creates the cluster beside its place, then moves it there: no cut-off attempt leaves it half made."""
    if cluster.data.exists():
        return
    fresh = cluster.home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    give_to_server(fresh)
    password = cluster.home / "password"
    password.unlink(missing_ok=True)
    with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    give_to_server(password)
    _run(cluster, ["initdb", "-D", str(fresh), "-U", NAME, f"--pwfile={password}", *_initdb_options(cluster)])
    _run(cluster, ["postgres", "--single", "-D", str(fresh), "postgres"], stdin=f"CREATE DATABASE {NAME}\n")
    fresh.rename(cluster.data)


def _initdb_options(cluster: Cluster) -> list[str]:
    options = ["--encoding=UTF8", "--auth=scram-sha-256", "--no-instructions"]
    if major_version(cluster.binaries) < BUILTIN_LOCALE_MAJOR:
        return [*options, "--locale=C.UTF-8"]
    return [*options, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


def _run(cluster: Cluster, command: Sequence[str], stdin: str = "") -> None:
    program = [*unprivileged(), *beside_the_parent(), str(cluster.binaries / command[0]), *command[1:]]
    done = subprocess.run(program, check=False, input=stdin, capture_output=True, text=True)
    if done.returncode != 0 or "FATAL" in done.stderr or "ERROR" in done.stderr:
        message = f"{command[0]} failed:\n{done.stdout}{done.stderr}"
        raise EmbeddedDatabaseRefused(message)


def check_version(cluster: Cluster) -> None:
    """Raises `EmbeddedDatabaseRefused` with the way out where another major version made the files."""
    made_by = int((cluster.data / "PG_VERSION").read_text().strip())
    serving = major_version(cluster.binaries)
    if made_by != serving:
        message = (
            f"{cluster.data} was made by PostgreSQL {made_by}, but PostgreSQL {serving} is installed. "
            f"Move its content with pg_dump of {made_by}, or remove {cluster.home} to begin anew, empty."
        )
        raise EmbeddedDatabaseRefused(message)


def ready(cluster: Cluster, pid: int | None = None) -> bool:
    """Whether postmaster.pid says so; its first line is the process, its eighth the state."""
    lines = postmaster_lines(cluster)
    if len(lines) <= STATUS_LINE or lines[STATUS_LINE].strip() != "ready":
        return False
    return pid is None or lines[0] == str(pid)


def postmaster_lines(cluster: Cluster) -> list[str]:
    """Returns the server's own notes about itself; none where it is not running."""
    try:
        return (cluster.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
