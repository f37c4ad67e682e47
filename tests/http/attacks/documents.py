"""In which ways can a document be made to hurt? Each generator grows with its size."""

from collections.abc import Callable, Mapping
from itertools import pairwise

Generator = Callable[[int], str]


def _customers(inside: str) -> str:
    return "{ customers { nodes {" + inside + "} } }"


def _repeated(text: Callable[[int], str], size: int, between: str = " ") -> str:
    return between.join(text(number) for number in range(size))


def _fragments(size: int, body: Callable[[int], str], last: str = "id") -> str:
    links = "".join(f" fragment F{n} on Customer {{ {body(n)} }}" for n in range(size))
    return _customers("...F0") + links + f" fragment F{size} on Customer {{ {last} }}"


def _pages(size: int) -> str:
    """Return pages inside of pages, each as long as it may be."""
    names = [("interactions", "customer { interactions")] * size
    opened = "".join(f" {name}(first: 100) {{ nodes {{ customer {{" for name, _ in names)
    return _customers(opened + " id " + "} } }" * size)


def _overlapping(size: int) -> str:
    """Return fields of one name whose selections differ, each to be compared with each."""
    return _customers(_repeated(lambda n: f"a: account {{ b{n}: name }}", size))


def _overlapping_fragments(size: int) -> str:
    chain = "".join(f" fragment F{a} on Customer {{ id ...F{b} }}" for a, b in pairwise(range(size + 1)))
    spread = _repeated(lambda n: f"...F{n}", size)
    return _customers(spread) + chain + f" fragment F{size} on Customer {{ id }}"


DOCUMENTS: Mapping[str, Generator] = {
    "fields inside of one another": lambda n: "{ a " * n + "}" * n,
    "known fields inside of one another": lambda n: _customers(
        "account { customers { nodes {" * n + "id" + "}}}" * n
    ),
    "inline fragments inside of one another": lambda n: "{" + "... {" * n + "__typename" + "}" * n + "}",
    "typed inline fragments inside of one another": lambda n: _customers(
        "... on Customer {" * n + "id" + "}" * n
    ),
    "one field many times": lambda n: _customers("id " * n),
    "one field at the root many times": lambda n: "{" + "__typename " * n + "}",
    "aliases of a scalar": lambda n: _customers(_repeated(lambda i: f"a{i}: id", n)),
    "aliases of an edge": lambda n: _customers(_repeated(lambda i: f"a{i}: account {{ name }}", n)),
    "aliases of a connection": lambda n: (
        "{" + _repeated(lambda i: f"a{i}: customers {{ nodes {{ id }} }}", n) + "}"
    ),
    "aliases of a count": lambda n: "{" + _repeated(lambda i: f"a{i}: customers {{ totalCount }}", n) + "}",
    "connections inside of connections": _pages,
    "fragments in a chain": lambda n: _fragments(n, lambda i: f"...F{i + 1}"),
    "fragments that double": lambda n: _fragments(n, lambda i: f"...F{i + 1} ...F{i + 1}"),
    "fragments that double inside of fields": lambda n: _fragments(
        n, lambda i: f"a: account {{ customers {{ nodes {{ ...F{i + 1} }} }} }} ...F{i + 1}"
    ),
    "fragments in a circle": lambda n: _fragments(n, lambda i: f"...F{i + 1}", last="...F0"),
    "fragments that nobody spreads": lambda n: (
        "{ __typename }" + _repeated(lambda i: f" fragment F{i} on Customer {{ id }}", n)
    ),
    "fragments that do not exist": lambda n: _customers(_repeated(lambda i: f"...G{i}", n)),
    "fragments of one name": lambda n: _customers("...F") + " fragment F on Customer { id }" * n,
    "fields to be compared with each other": _overlapping,
    "fragments to be compared with each other": _overlapping_fragments,
    "one directive many times": lambda n: "{ __typename " + "@include(if: true) " * n + "}",
    "directives nobody knows": lambda n: "{ __typename " + _repeated(lambda i: f"@d{i}", n) + "}",
    "directives on fields": lambda n: _customers(_repeated(lambda i: f"a{i}: id @skip(if: false)", n)),
    "operations": lambda n: _repeated(lambda i: f"query Q{i} {{ __typename }}", n),
    "operations without a name": lambda n: "{ __typename } " * n,
    "variables": lambda n: "query(" + _repeated(lambda i: f"$v{i}: Int", n) + ") { __typename }",
    "variables with defaults": lambda n: f"query($v: [ID!]! = [{'1 ' * n}]) {{ nodes(ids: $v) {{ id }} }}",
    "variables nobody defined": lambda n: "{ nodes(ids: [" + _repeated(lambda i: f"$v{i}", n) + "]) { id } }",
    "the schema, many times": lambda n: (
        "{" + _repeated(lambda i: f"a{i}: __schema {{ types {{ fields {{ name }} }} }}", n) + "}"
    ),
    "the schema, many ways": lambda n: (
        "{ __schema { types {" + _repeated(lambda i: f"a{i}: fields {{ args {{ name }} }}", n) + "} } }"
    ),
    "the schema, deep": lambda n: (
        "{ __schema { types {" + "fields { type {" * n + "name" + "} }" * n + "} } }"
    ),
    "types of types": lambda n: '{ __type(name: "Customer") {' + "ofType {" * n + "name" + "}" * n + "} }",
    "lists inside of one another": lambda n: "{ nodes(ids: " + "[" * n + "]" * n + ") { id } }",
    "a long list": lambda n: "{ nodes(ids: [" + '"cus_1" ' * n + "]) { id } }",
    "objects inside of one another": lambda n: (
        "{ customers(filter: " + "{ not: " * n + "{}" + "}" * n + ") { totalCount } }"
    ),
    "a filter with many branches": lambda n: (
        "{ customers(filter: { or: [" + "{ lifecycleStage: [ACTIVE] } " * n + "] }) { totalCount } }"
    ),
    "an object with many fields": lambda n: (
        "{ customers(filter: {" + _repeated(lambda i: f"f{i}: 1", n) + "}) { totalCount } }"
    ),
    "a long string": lambda n: '{ customer(ref: { email: "' + "x" * n * 20 + '" }) { id } }',
    "a long block string": lambda n: '{ customer(ref: { email: """' + " x\n" * n * 5 + '""" }) { id } }',
    "escapes in a string": lambda n: '{ customer(ref: { email: "' + "\\u00e9" * n + '" }) { id } }',
    "a long number": lambda n: "{ customers(first: " + "9" * n * 10 + ") { totalCount } }",
    "a long fraction": lambda n: "{ customers(first: 0." + "9" * n * 10 + ") { totalCount } }",
    "a long name": lambda n: "{ " + "a" * n * 20 + " }",
    "comments": lambda n: "#\n" * n + "{ __typename }",
    "a long comment": lambda n: "#" + "x" * n * 20 + "\n{ __typename }",
    "nothing but commas": lambda n: "," * n * 10 + "{ __typename }",
    "nothing but open braces": lambda n: "{" * n,
    "nothing but open brackets": lambda n: "{ a(b: " + "[" * n,
    "fields nobody knows": lambda n: _customers(_repeated(lambda i: f"f{i}", n)),
    "fields that nearly exist": lambda n: _customers(_repeated(lambda i: f"displayNam{i}", n)),
    "arguments nobody knows": lambda n: (
        "{ customers(" + _repeated(lambda i: f"a{i}: 1", n) + ") { totalCount } }"
    ),
    "types nobody knows": lambda n: _customers(_repeated(lambda i: f"... on T{i} {{ id }}", n)),
    "mutations": lambda n: (
        "mutation {"
        + _repeated(lambda i: f'a{i}: customerUpsert(input: {{ match: {{ email: "" }} }}) {{ outcome }}', n)
        + "}"
    ),
    "subscriptions": lambda n: "subscription {" + "__typename " * n + "}",
    "definitions of types": lambda n: _repeated(lambda i: f"type T{i} {{ a: Int }}", n),
    "descriptions of operations": lambda n: '"""' + "x" * n + '""" query { __typename }',
}
