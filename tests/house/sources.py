"""Which files is the house built of?"""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("service", "schema", "infra")
# A migration is written once and then history: its length follows the change, and nobody edits it.
HISTORY = Path("infra/migrations/versions")
# The checkout may belong to another user than the one who runs the tests.
LISTING = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]


@cache
def tracked() -> tuple[Path, ...]:
    """Returns every file of the project, tracked or about to be, relative to its root."""
    listing = subprocess.run(LISTING, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()))


def python_files(*folders: str) -> list[Path]:
    """Returns the Python files of these top folders, history left out."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in folders and not path.is_relative_to(HISTORY)
    ]


@cache
def text(path: Path) -> str:
    """Returns a file's text; empty for one that holds no text."""
    return (ROOT / path).read_text(errors="ignore")


@cache
def tree(path: Path) -> ast.Module:
    """Returns a file's syntax tree."""
    return ast.parse(text(path), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yields every function and method of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def place(path: Path, node: ast.AST) -> str:
    """Names a line so that an editor can jump to it."""
    return f"{path}:{getattr(node, 'lineno', 1)}"
