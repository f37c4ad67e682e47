"""What else does a hostile client send? Bodies, variables, headers, and bytes that are no request at all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from tests.http.attacks.documents import DOCUMENTS

TENANT = "attacked"
JSON = "application/json"
SMALL, LARGE = 40, 1500
KNOWN = "{ __typename }"
CUSTOMER = "query($v: CustomerFilter) { customers(filter: $v) { totalCount } }"
REF = "query($v: CustomerRef!) { customer(ref: $v) { id } }"
IDS = "query($v: [ID!]!) { nodes(ids: $v) { id } }"
FIRST = "query($v: Int) { customers(first: $v) { nodes { id } } }"
AFTER = "query($v: String) { customers(after: $v) { nodes { id } } }"
UPSERT = "mutation($v: CustomerUpsertInput!) { customerUpsert(input: $v) { outcome userErrors { code } } }"


@dataclass(frozen=True, slots=True)
class Attack:
    """Bytes for a connection; `answered` is false where silence, or a closed connection, is an answer too."""

    name: str
    sent: bytes
    answered: bool = True
    ends: bool = False
    """Whether the client closes its side afterwards."""


def posted(body: bytes, headers: Mapping[str, str] | None = None, *, path: str = "/graphql") -> bytes:
    """Return a POST request."""
    given = {"content-type": JSON, "x-cx-tenant": TENANT, "content-length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\nhost: cx.test\r\n{lines}\r\n".encode("latin-1") + body


def asked(source: str, variables: object = None, **more: object) -> bytes:
    """Return a request that asks a document."""
    # orjson refuses to write what is nested this deep.
    return posted(json.dumps({"query": source, "variables": variables, **more}).encode())


def attacks() -> Iterator[Attack]:
    """Yield all attacks."""
    for name, generator in DOCUMENTS.items():
        yield Attack(f"document: {name}, few", asked(generator(SMALL)))
        yield Attack(f"document: {name}, many", asked(generator(LARGE)))
    for name, body in BODIES.items():
        yield Attack(f"body: {name}", posted(body))
    yield from _variables()
    yield from _headers()
    yield from _pages()
    yield from _sockets()


BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "a number": b"1",
    "a string": b'"x"',
    "true": b"true",
    "a batch": orjson.dumps([{"query": KNOWN}] * 1000),
    "a batch of mutations": orjson.dumps([{"query": "mutation { a }"}] * 1000),
    "a list of numbers": b"[1,2]",
    "a list of nulls": b"[null]",
    "cut off": b'{"query":"{ __typename',
    "lists, deep": b"[" * 100_000,
    "objects, deep": b'{"a":' * 50_000,
    "lists, closed, deep": b"[" * 900 + b"]" * 900,
    "empty lists": b'{"query":"{a}","variables":{"v":[' + b"[]," * 80_000 + b"[]]}}",
    "empty lists, beyond the limit": b'{"query":"mutation{a}","variables":{"v":['
    + b"[]," * 1_000_000
    + b"[]]}}",
    "a huge number": b'{"query":"{a}","variables":{"a":' + b"9" * 5000 + b"}}",
    "a huge exponent": b'{"query":"{a}","variables":{"a":1e999999}}',
    "not a number": b'{"query":"{a}","variables":{"a":NaN}}',
    "infinity": b'{"query":"{a}","variables":{"a":-Infinity}}',
    "bytes that are no text": b'{"query":"\xff\xfe\x00"}',
    "half a surrogate": b'{"query":"{a}","variables":{"a":"\\ud800"}}',
    "half a surrogate in the document": b'{"query":"{ a(b: \\"\\ud800\\") }"}',
    "half a surrogate for GraphQL": b'{"query":"{ a(b: \\"\\\\ud800\\") }"}',
    "a NUL": b'{"query":"{a}","variables":{"a":"\\u0000"}}',
    "a NUL in a name": b'{"query":"{a}","variables":{"\\u0000":1}}',
    "a NUL for GraphQL": b'{"query":"{ customer(ref: {email: \\"\\\\u0000\\"}) { id } }"}',
    "a raw NUL": b'{"query":"{a}\x00"}',
    "a raw NUL after the end": b'{"query":"{a}"}\x00',
    "two bytes a character": '{"query":"{ __typename }"}'.encode("utf-16"),
    "a mark in front": b'\xef\xbb\xbf{"query":"{ __typename }"}',
    "one key many times": b"{" + b'"query":"{a}",' * 10_000 + b'"query":"{a}"}',
    "many keys": orjson.dumps({f"k{n}": n for n in range(10_000)}),
    "keys that are long": orjson.dumps({"k" * 200_000: 1}),
    "a document that is a list": b'{"query":["{a}"]}',
    "a document that is an object": b'{"query":{"a":1}}',
    "a document that is empty": b'{"query":""}',
    "a document of spaces": b'{"query":"' + b" " * 40_000 + b'"}',
    "a document beyond the limit": orjson.dumps({"query": "{" + "a " * 100_000 + "}"}),
    "a body beyond the limit": orjson.dumps({"query": KNOWN, "variables": {"a": "x" * 300_000}}),
    "a body beyond every limit": orjson.dumps({"query": KNOWN, "variables": {"a": "x" * 6_000_000}}),
    "variables that are a list": b'{"query":"{a}","variables":[1]}',
    "variables that are a string": b'{"query":"{a}","variables":"{}"}',
    "extensions that are a list": b'{"query":"{a}","extensions":[]}',
    "an operation's name that is a number": b'{"query":"{a}","operationName":7}',
    "an operation's name that is long": orjson.dumps({"query": KNOWN, "operationName": "x" * 100_000}),
    "a persisted query nobody sent": b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%s"}}}'
    % (b"0" * 64),
    "a persisted query under another hash": b'{"query":"{a}","extensions":{"persistedQuery":'
    b'{"version":1,"sha256Hash":"%s"}}}' % (b"0" * 64),
    "a persisted query of another kind": b'{"query":"{a}","extensions":{"persistedQuery":5}}',
    "a document's id nobody knows": b'{"documentId":"sha256:%s"}' % (b"0" * 64),
    "a document's id that is a path": b'{"documentId":"../../etc/passwd"}',
    "uploads": b'{"query":"{a}","map":{"0":["variables.file"]},"operations":{}}',
}


def _variables() -> Iterator[Attack]:
    deep: object = "x"
    nested: object = {}
    for _ in range(300):
        deep, nested = [deep], {"not": nested}
    cases: Mapping[str, tuple[str, object]] = {
        "a filter inside of itself": (CUSTOMER, nested),
        "a filter of many branches": (CUSTOMER, {"or": [{"lifecycleStage": ["ACTIVE"]}] * 5000}),
        "a filter of many shapes": (CUSTOMER, {"and": [{"or": [{}] * (n % 7)} for n in range(200)]}),
        "a filter of many ids": (CUSTOMER, {"ids": ["cus_00000000-0000-7000-8000-000000000000"] * 3000}),
        "a filter of unknown fields": (CUSTOMER, {f"f{n}": 1 for n in range(5000)}),
        "a filter that is a list": (CUSTOMER, [[[[]]]]),
        "lists, deep": (IDS, deep),
        "too many ids": (IDS, ["cus_00000000-0000-7000-8000-000000000000"] * 5000),
        "ids that are none": (IDS, ["x"] * 90),
        "ids that are numbers": (IDS, list(range(90))),
        "ids of every type": (
            IDS,
            [f"{a}{b}s_00000000-0000-7000-8000-000000000000" for a in "abc" for b in "xyz"],
        ),
        "a page that is negative": (FIRST, -1),
        "a page that is huge": (FIRST, 2**31),
        "a page beyond 64 bits": (FIRST, 2**63),
        "a page that is a fraction": (FIRST, 1.5),
        "a page that is a string": (FIRST, "20"),
        "a page that is true": (FIRST, True),
        "a cursor that is none": (AFTER, "x" * 1000),
        "a cursor of other things": (AFTER, "W10="),
        "a cursor that is long": (AFTER, "A" * 200_000),
        "a cursor of quotes": (AFTER, "'; DROP TABLE customer; --"),
        "a key of quotes": (REF, {"email": "' OR 1=1 --"}),
        "a key of wildcards": (REF, {"email": "%" * 10_000}),
        "two keys": (REF, {"email": "a@b.c", "id": "x"}),
        "no key": (REF, {}),
        "a key that is null": (REF, {"email": None}),
        "a key that is long": (REF, {"email": "x" * 200_000}),
        "a row that is deep": (UPSERT, {"match": {"email": "a@b.c"}, "attributes": {"a": deep}}),
        "a row that is wide": (
            UPSERT,
            {"match": {"email": ""}, "attributes": dict.fromkeys(map(str, range(9000)), 1)},
        ),
        "a row of huge numbers": (UPSERT, {"match": {"email": ""}, "attributes": {"a": 2**64 - 1}}),
        "a row with a column of ours": (UPSERT, {"match": {"email": "a@b.c"}, "tenantId": "x", "version": 9}),
        "many variables nobody defined": (KNOWN, {f"v{n}": n for n in range(5000)}),
    }
    for name, (source, value) in cases.items():
        variables = value if source is KNOWN else {"v": value}
        yield Attack(f"variable: {name}", asked(source, variables))


def _headers() -> Iterator[Attack]:
    body = orjson.dumps({"query": KNOWN})
    types = (
        "",
        "text/plain",
        "text/plain, application/json",
        "application/json, text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=" + "x" * 5000,
        "application/graphql",
        "application/jsonx",
    )
    for type_ in types:
        yield Attack(f"header: content-type {type_[:40]}", posted(body, {"content-type": type_}))
    more: Mapping[str, Mapping[str, str]] = {
        "accept of many ranges": {"accept": "text/html," * 2000 + "*/*"},
        "accept of odd weights": {"accept": "application/json;q=nan, */*;q=1e999"},
        "accept of images": {"accept": "image/png"},
        "an encoding": {"content-encoding": "gzip"},
        "a tenant nobody knows": {"x-cx-tenant": "nobody"},
        "a tenant of quotes": {"x-cx-tenant": "' OR ''='"},
        "a tenant that is long": {"x-cx-tenant": "x" * 20_000},
        "a tenant of odd bytes": {"x-cx-tenant": "\xff\xfe"},
        "a token that is long": {"authorization": "Bearer " + "x" * 20_000},
        "a time that is none": {"x-request-timeout": "soon"},
        "a time that is infinite": {"x-request-timeout": "inf"},
        "a time that is not a number": {"x-request-timeout": "nan"},
        "a time that is negative": {"x-request-timeout": "-1"},
        "an origin": {"origin": "https://evil.example"},
        "an origin that is null": {"origin": "null"},
        "a trace that is none": {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-00"},
        "a trace that is long": {"traceparent": "x" * 10_000},
        "another host": {"host": "evil.example:1/../"},
        "a host of odd bytes": {"host": "\xff"},
        "a forwarded address": {"x-forwarded-for": "127.0.0.1, " * 500},
        "another method": {"x-http-method-override": "DELETE"},
        "an upgrade": {"connection": "upgrade", "upgrade": "h2c"},
        "an upgrade to sockets": {
            "connection": "upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
        },
        "many headers": {f"x-{n}": "x" for n in range(500)},
        "an expectation": {"expect": "100-continue"},
    }
    for name, headers in more.items():
        yield Attack(f"header: {name}", posted(body, headers))


START = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-cx-tenant: attacked\r\n"
END = b" HTTP/1.1\r\nhost: x\r\nx-cx-tenant: attacked\r\n\r\n"
MUTATION = b"mutation%7BcustomerUpsert(input:%7Bmatch:%7Bemail:%22a%22%7D%7D)%7Boutcome%7D%7D"
SOCKETS: Mapping[str, bytes] = {
    "a mutation in a URL": b"GET /graphql?query=" + MUTATION + END,
    "a URL of many parameters": b"GET /graphql?" + b"a=1&" * 5000 + END,
    "a URL that is long": b"GET /graphql?query=" + b"x" * 60_000 + END,
    "a URL of broken escapes": b"GET /graphql?query=%ff%fe%" + END,
    "a URL with a NUL": b"GET /graphql?query=%7Ba(b:%22%00%22)%7D" + END,
    "variables in a URL that are none": b"GET /graphql?query=%7Ba%7D&variables=%5B" + END,
    "no query in a URL": b"GET /graphql" + END,
    "a path above": b"GET /../../etc/passwd" + END,
    "a path that is escaped": b"GET /explorer/static/..%2f..%2fapp.py" + END,
    "a path that is nowhere": b"GET /nowhere" + END,
    "a method nobody knows": b"BREW /graphql" + END,
    "a probe with a method it does not have": b"DELETE /livez" + END,
    "OPTIONS": b"OPTIONS /graphql" + END,
    "HEAD": b"HEAD /graphql?query=%7B__typename%7D" + END,
    "TRACE": b"TRACE /graphql" + END,
    "CONNECT": b"CONNECT evil.example:443" + END,
    "a length that is negative": START + b"content-length: -5\r\n\r\n{}",
    "a length that is none": START + b"content-length: x\r\n\r\n{}",
    "two lengths": START + b"content-length: 2\r\ncontent-length: 30\r\n\r\n{}",
    "a length and pieces": START
    + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "pieces of odd sizes": START + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a piece that is huge": START + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    "many pieces": START + b"transfer-encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n",
    "an end of line in a header": START + b"x-a: b\nx-c: d\r\ncontent-length: 2\r\n\r\n{}",
    "a header that is folded": START + b"x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}",
    "a header without a name": START + b": b\r\ncontent-length: 2\r\n\r\n{}",
    "a header with a NUL": START + b"x-a: \x00\r\ncontent-length: 2\r\n\r\n{}",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "noise": bytes(range(256)) * 20,
    "an old version": b"GET /livez HTTP/0.9\r\n\r\n",
    "a new version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "many requests ahead": (b"GET /livez" + END) * 500,
}


def _pages() -> Iterator[Attack]:
    """Yield what is sent to the addresses that others call without signing in."""
    pieces = b"transfer-encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n"
    for path in (f"/trackers/{TENANT}/jira", "/reply/none"):
        for name, body in BODIES.items():
            yield Attack(f"page: {path} with {name}", posted(body, path=path))
        start = posted(b"", path=path).partition(b"content-length")[0]
        yield Attack(f"page: {path} in many pieces", start + pieces)


def _sockets() -> Iterator[Attack]:
    for name, sent in SOCKETS.items():
        yield Attack(f"socket: {name}", sent, answered=False)
    yield Attack("socket: half a head", START, answered=False)
    yield Attack("socket: a head without end", START + b"x-a: b\r\n" * 20_000, answered=False)
    yield Attack("socket: half a body", START + b"content-length: 200\r\n\r\n{", answered=False)
    yield Attack(
        "socket: half a body in pieces",
        START + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
        answered=False,
    )
    yield Attack("socket: gone at once", START + b"content-length: 200\r\n\r\n{", answered=False, ends=True)
    yield Attack("socket: gone after asking", asked(KNOWN), answered=False, ends=True)
