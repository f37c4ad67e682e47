"""What could be sent that nobody thought of? Drawn from a seed: valid requests, spoiled ones, and noise."""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import GraphQLSchema, is_introspection_type

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\w+|\.\.\.|\S')
ODD_TEXTS = (
    "",
    "x",
    "\0",
    "\u00e9",
    "\U0001f600",
    "\u202e",
    "%",
    "'",
    '"',
    "\\",
    "\n",
    "NaN",
    "-1",
    "null",
    "{}",
    "$v",
)
ODD_NUMBERS = (0, -1, 1, 20, 100, 101, 2**31 - 1, 2**31, 2**53, 2**63, -(2**63), 2**64 - 1, 0.5, 1e300, -0.0)
ODD_HEADERS = {
    b"content-type": (
        b"application/json",
        b"application/json; charset=utf-8",
        b"text/plain",
        b"",
        b"\xff",
        b"a/b;;;=;",
    ),
    b"accept": (
        b"*/*",
        b"application/graphql-response+json",
        b"text/html",
        b"",
        b";q=",
        b"application/json;q=\xb2",
    ),
    b"x-request-timeout": (b"5", b"30", b"x", b"-3", b"1e400", b"nan"),
    b"x-cx-cost": (b"1", b""),
    b"x-cx-tenant": (b"attacked", b"nobody", b"", b"\xff"),
    b"x-cx-subject": (b"ada", b"\xff\x00"),
    b"origin": (b"https://evil.example", b"null", b"\xff"),
    b"traceparent": (b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", b"x"),
}
USUAL = {b"content-type": b"application/json", b"x-cx-tenant": b"attacked"}


@dataclass(frozen=True, slots=True)
class Input:
    """One request."""

    body: bytes
    headers: dict[bytes, bytes] = field(default_factory=lambda: dict(USUAL))
    method: str = "POST"
    query: bytes = b""


class Inputs:
    """Draws requests."""

    def __init__(self, seed: int, schema: GraphQLSchema, sources: Sequence[str]) -> None:
        """Spoil `sources`, which are valid documents, with words of the schema."""
        self.chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.sources = sources
        self.words = _words(schema)

    def draw(self) -> Input:
        """Return the next request."""
        kinds = (
            self.spoiled,
            self.spoiled,
            self.soup,
            self.bytes,
            self.parameters,
            self.headers,
            self.by_url,
        )
        return self.chance.choice(kinds)()

    def spoiled(self) -> Input:
        """Return a valid document in which a few tokens were changed, with variables of any kind."""
        tokens = TOKEN.findall(self.chance.choice(self.sources))
        for _ in range(self.chance.randrange(4)):
            self._spoil(tokens)
        return self._asked(" ".join(tokens))

    def soup(self) -> Input:
        """Return words and signs in any order."""
        count = self.chance.randrange(1, 40)
        return self._asked(" ".join(self._word() for _ in range(count)))

    def bytes(self) -> Input:
        """Return a body in which some bytes were changed."""
        body = bytearray(self.spoiled().body)
        for _ in range(self.chance.randrange(1, 6)):
            place = self.chance.randrange(len(body))
            body[place : place + self.chance.randrange(3)] = self.chance.randbytes(self.chance.randrange(3))
        return Input(bytes(body) or b"{")

    def parameters(self) -> Input:
        """Return a body whose parameters are of any kind."""
        names = ("query", "variables", "operationName", "extensions", "documentId", "persistedQuery", "x")
        chosen = {name: self._json() for name in self.chance.sample(names, self.chance.randrange(1, 5))}
        if self.chance.random() < 0.5:
            chosen["query"] = self.chance.choice(self.sources)
        return Input(json.dumps(chosen).encode())

    def headers(self) -> Input:
        """Return a request with odd headers."""
        odd = {
            name: self.chance.choice(values)
            for name, values in ODD_HEADERS.items()
            if self.chance.random() < 0.4
        }
        return Input(self.spoiled().body, {**USUAL, **odd})

    def by_url(self) -> Input:
        """Return a request whose parameters are in its URL, or whose method is odd."""
        query = f"query={self.chance.choice(self.sources)}&variables={json.dumps(self._json())}"
        coded = "".join(c if c.isalnum() or c in "&=" else f"%{ord(c) % 256:02x}" for c in query[:2000])
        method = self.chance.choice(("GET", "GET", "GET", "HEAD", "PUT", "OPTIONS", "BREW"))
        return Input(b"", dict(USUAL), method, coded.encode())

    def _asked(self, source: str) -> Input:
        variables = {name: self._json() for name in re.findall(r"\$(\w+)", source)}
        body = {"query": source, "variables": variables if self.chance.random() < 0.9 else self._json()}
        return Input(json.dumps(body).encode())

    def _spoil(self, tokens: list[str]) -> None:
        place = self.chance.randrange(len(tokens))
        match self.chance.randrange(5):
            case 0:
                del tokens[place]
                tokens.append("}")
            case 1:
                tokens.insert(place, tokens[self.chance.randrange(len(tokens))])
            case 2:
                other = self.chance.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case 3:
                tokens[place] = self._word()
            case _:
                cut = tokens[place : place + self.chance.randrange(1, 8)]
                tokens[place:place] = cut * self.chance.randrange(1, 6)

    def _word(self) -> str:
        if self.chance.random() < 0.6:
            return self.chance.choice(self.words)
        signs = (
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            "$",
            "!",
            "@",
            "|",
            "&",
            "=",
            "...",
            "#",
            '"',
            '"""',
            "\\u0000",
        )
        odd = (*signs, *(json.dumps(text) for text in ODD_TEXTS), *(str(number) for number in ODD_NUMBERS))
        return self.chance.choice(odd)

    def _json(self, depth: int = 3) -> object:
        kind = self.chance.randrange(8 if depth else 5)
        match kind:
            case 0:
                return self.chance.choice((None, True, False))
            case 1:
                return self.chance.choice(ODD_NUMBERS)
            case 2 | 3:
                return self.chance.choice(ODD_TEXTS)
            case 4:
                return self.chance.choice(self.words)
            case 5 | 6:
                names = self.chance.sample(self.words, self.chance.randrange(5))
                return {name: self._json(depth - 1) for name in names}
            case _:
                return [self._json(depth - 1) for _ in range(self.chance.randrange(5))]


def _words(schema: GraphQLSchema) -> list[str]:
    """Return the names of a schema: types, fields, arguments, values."""
    found = {
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "true",
        "false",
        "null",
        "__typename",
        "__schema",
    }
    for name, type_ in schema.type_map.items():
        if not is_introspection_type(type_):
            found.add(name)
            found.update(getattr(type_, "fields", None) or getattr(type_, "values", None) or ())
            for each in (getattr(type_, "fields", None) or {}).values():
                found.update(getattr(each, "args", ()))
    return sorted(found)
