"""Which document does a request mean by its hash? One of the trusted ones, or one that was sent before.

Trusted documents come from a manifest that was made with the client: a JSON object whose keys are the SHA-256
of each document, bare or after `sha256:`. Others can be sent once with their hash and then be named by it
alone (automatic persisted queries).
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

HASH: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
PREFIX: Final = "sha256:"
MOST_CHARACTERS: Final = 4_000_000
LONGEST: Final = 50_000
VERSION: Final = 1


class ManifestRefused(Exception):
    """The manifest of trusted documents cannot be used; the message says why."""


class Unknown(Exception):
    """The request names a document that is not here; holds the code that tells the client what to do."""

    def __init__(self, message: str, code: str) -> None:
        """Remember what to tell."""
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class PersistedDocuments:
    """Documents by their hash."""

    trusted: Mapping[str, str] = field(default_factory=dict)
    only_trusted: bool = False
    """Whether nothing else runs, except for who may ask freely."""
    _sent: "OrderedDict[str, str]" = field(default_factory=OrderedDict)
    _characters: int = 0
    _texts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Knows the trusted texts too: sending the whole text of a trusted document is no crime."""
        self._texts = frozenset(self.trusted.values())

    def is_trusted(self, source: str) -> bool:
        """Whether a document is in the manifest."""
        return source in self._texts

    def source(self, query: object, document_id: object, extension: object) -> object:
        """Returns the document a request means, else `query` as it is; raises Unknown."""
        if document_id is not None:
            return self._by_id(document_id)
        return query if extension is None else self._persisted(query, extension)

    def _by_id(self, document_id: object) -> str:
        found = HASH.fullmatch(document_id) if isinstance(document_id, str) else None
        source = self.trusted.get(found[1]) if found else None
        if source is None:
            raise Unknown("No trusted document has this id.", "DOCUMENT_NOT_FOUND")
        return source

    def _persisted(self, query: object, extension: object) -> object:
        key = _hash_in(extension)
        if isinstance(query, str):
            if hashlib.sha256(query.encode()).hexdigest() != key:
                raise Unknown("The hash is not that of the query.", "PERSISTED_QUERY_HASH_MISMATCH")
            self._remember(key, query)
            return query
        source = self.trusted.get(key) or self._sent.get(key)
        if source is None:
            raise Unknown("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return source

    def _remember(self, key: str, query: str) -> None:
        """Keeps a document, and lets those go that came first when there are too many."""
        if key in self._sent or len(query) > LONGEST:
            return
        self._sent[key] = query
        self._characters += len(query)
        while self._characters > MOST_CHARACTERS:
            self._characters -= len(self._sent.popitem(last=False)[1])


def manifest(path: Path) -> Mapping[str, str]:
    """Returns the documents of a manifest by their bare hash; raises ManifestRefused."""
    try:
        entries: Any = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ManifestRefused(f"{path} cannot be read as JSON.") from error
    if not isinstance(entries, dict):
        raise ManifestRefused(f"{path} is not an object of documents by their hash.")
    return dict(_entry(path, key, source) for key, source in entries.items())


def _entry(path: Path, key: str, source: object) -> tuple[str, str]:
    found = HASH.fullmatch(key)
    if not isinstance(source, str) or found is None:
        raise ManifestRefused(f"{path}: {key!r} is not the SHA-256 of a document, in hexadecimal digits.")
    if hashlib.sha256(source.encode()).hexdigest() != found[1]:
        raise ManifestRefused(f"{path}: {key!r} is the hash of another document.")
    return found[1], source


def _hash_in(extension: object) -> str:
    if isinstance(extension, dict) and extension.get("version") == VERSION:
        key = extension.get("sha256Hash")
        if isinstance(key, str) and HASH.fullmatch(key):
            return key.removeprefix(PREFIX)
    raise Unknown("Persisted queries have version 1 and a sha256Hash.", "PERSISTED_QUERY_NOT_SUPPORTED")
