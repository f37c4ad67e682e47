"""How does a migration know its place, and run the SQL that lies beside it?"""

import re
from collections.abc import Sequence
from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).parent / "versions"


def before(revision: str) -> str | None:
    """Returns the revision that comes before this one: the files are numbered, gaps are allowed."""
    earlier = sorted(path.stem[:4] for path in VERSIONS.glob("*.py") if path.stem[:4] < revision)
    return earlier[-1] if earlier else None


def run(name: str) -> None:
    """Runs a file of statements, each ended by a semicolon at the end of a line; the next is not indented."""
    for statement in re.split(r";\n(?! )", (VERSIONS / name).read_text()):
        if statement.strip():
            op.execute(statement)


def drop(tables: Sequence[str]) -> None:
    """Drops tables, the last that was created first."""
    for table in reversed(tables):
        op.drop_table(table)
