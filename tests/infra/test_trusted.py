"""Which document does a hash mean, and what runs where only trusted documents do?"""

import hashlib
from pathlib import Path

import orjson
import pytest

from infra.trusted import MOST_CHARACTERS, ManifestRefused, PersistedDocuments, Unknown, manifest

SOURCE = "query Known { __typename }"
HASH = hashlib.sha256(SOURCE.encode()).hexdigest()


def apq(key: str) -> dict[str, object]:
    return {"version": 1, "sha256Hash": key}


@pytest.mark.parametrize("key", [HASH, f"sha256:{HASH}"])
def test_a_manifest_has_bare_and_prefixed_hashes(tmp_path: Path, key: str) -> None:
    (tmp_path / "manifest.json").write_bytes(orjson.dumps({key: SOURCE}))

    documents = PersistedDocuments(manifest(tmp_path / "manifest.json"))

    assert documents.source(None, HASH, None) == SOURCE
    assert documents.source(None, f"sha256:{HASH}", None) == SOURCE
    assert documents.source(None, None, apq(HASH)) == SOURCE
    assert documents.is_trusted(SOURCE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[]", "not an object"),
        (orjson.dumps({"md5:1": SOURCE}), "not the SHA-256"),
        (orjson.dumps({HASH: 5}), "not the SHA-256"),
        (orjson.dumps({HASH: SOURCE + " "}), "the hash of another document"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)

    with pytest.raises(ManifestRefused, match=reason):
        manifest(tmp_path / "manifest.json")


@pytest.mark.parametrize("id_", ["", "x", "0" * 64, 5, ["x"], {"a": 1}, "sha256:" + "0" * 64, HASH.upper()])
def test_an_unknown_id_is_told(id_: object) -> None:
    with pytest.raises(Unknown) as unknown:
        PersistedDocuments({HASH: SOURCE}).source(SOURCE, id_, None)
    assert unknown.value.code == "DOCUMENT_NOT_FOUND"


def test_a_document_is_sent_once_and_then_named_by_its_hash() -> None:
    documents = PersistedDocuments()
    with pytest.raises(Unknown) as unknown:
        documents.source(None, None, apq(HASH))
    assert (str(unknown.value), unknown.value.code) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")

    assert documents.source(SOURCE, None, apq(HASH)) == SOURCE

    assert documents.source(None, None, apq(HASH)) == SOURCE
    assert not documents.is_trusted(SOURCE)


def test_a_document_under_the_hash_of_another_is_refused_and_not_kept() -> None:
    documents = PersistedDocuments()
    with pytest.raises(Unknown) as unknown:
        documents.source("{ other }", None, apq(HASH))
    assert unknown.value.code == "PERSISTED_QUERY_HASH_MISMATCH"

    with pytest.raises(Unknown, match="PersistedQueryNotFound"):
        documents.source(None, None, apq(HASH))


@pytest.mark.parametrize(
    "extension", [5, "x", [], {}, {"version": 2, "sha256Hash": HASH}, apq("x"), {"version": 1}]
)
def test_an_extension_of_another_kind_is_refused(extension: object) -> None:
    with pytest.raises(Unknown) as unknown:
        PersistedDocuments().source(SOURCE, None, extension)
    assert unknown.value.code == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_what_is_kept_is_bounded() -> None:
    documents = PersistedDocuments()
    for number in range(200):
        source = f"{{ a{number} }}".ljust(40_000)
        documents.source(source, None, apq(hashlib.sha256(source.encode()).hexdigest()))

    assert documents._characters == sum(map(len, documents._sent.values()))
    assert documents._characters <= MOST_CHARACTERS
