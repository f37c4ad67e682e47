"""Where do the shipped files lie, and how are they opened? In `data/`, as compressed JSON."""

import csv
import gzip
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("data")
SURVEY = DATA / "airport" / "interviews.json.gz"
REASONS = DATA / "airport" / "reasons.csv"
INCIDENTS = DATA / "servicedesk" / "incidents.jsonl.gz"


def document(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The one JSON document in a compressed file; JSON has no static type, the readers give it one."""
    return orjson.loads(gzip.decompress(path.read_bytes()))


def lines(path: Path) -> Iterator[list[Any]]:
    """The JSON array on each line of a compressed file."""
    return map(orjson.loads, gzip.decompress(path.read_bytes()).splitlines())


def table(path: Path) -> list[dict[str, str]]:
    """The records of a comma-separated file with a header."""
    return list(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))


def compress(path: Path, content: bytes) -> None:
    """Writes a file that is the same, byte by byte, whenever its content is the same."""
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
