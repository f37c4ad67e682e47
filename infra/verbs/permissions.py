"""The verb `permissions`: print who may do what, as it is committed in `docs/permissions.md`."""

from argparse import Namespace
from collections.abc import Iterable, Iterator

from graphql import GraphQLObjectType

from infra.settings import Settings
from infra.verbs.verb import Verb
from schema.graph import build
from schema.ground.writing import scope_of
from schema.planner.catalogue import Catalogue
from service.ground.scopes import ROLES, Scope, reading
from service.ground.tables import table_of

INTRODUCTION = """\
# Permissions

Who may do what? A **scope** is one permission, a **role** is a set of scopes. An identity provider names
the roles of a person; an API key carries its scopes itself. What is not listed for a role is refused: a
write with the `userError` code `FORBIDDEN`, a read with an error of the same code, and nothing is
changed or shown. Reading needs the scope of every chapter that an operation touches, also where it only
filters or counts.

This page is written by `python -m infra permissions`; a test holds it against the code.
"""


def printed() -> str:
    """Returns the page."""
    catalogue = Catalogue(build())
    parts = (INTRODUCTION, *_roles(), *_reads(catalogue), *_writes(catalogue))
    return "\n".join(parts) + "\n"


def _roles() -> Iterator[str]:
    yield f"## Scopes and the roles that hold them\n\n| scope | {' | '.join(ROLES)} |"
    yield "|---|" + ":-:|" * len(ROLES)
    for scope in Scope:
        marks = ("✓" if scope in scopes else "" for scopes in ROLES.values())
        yield f"| `{scope}` | {' | '.join(marks)} |"


def _reads(catalogue: Catalogue) -> Iterator[str]:
    yield "\n## Types, and what reading them needs\n"
    shown: dict[str, list[str]] = {}
    for name, type_ in sorted(catalogue.schema.type_map.items()):
        model = catalogue.model_of(name) if isinstance(type_, GraphQLObjectType) else None
        if model is not None:
            scope = reading(table_of(model).name)
            shown.setdefault(f"`{scope}`" if scope else "what its subject needs", []).append(f"`{name}`")
    yield from _table("scope", "types", sorted(shown.items()))


def _writes(catalogue: Catalogue) -> Iterator[str]:
    yield "\n## Mutations, and what they need\n"
    needed: dict[str, list[str]] = {}
    root = catalogue.schema.mutation_type
    for name, field in sorted(root.fields.items() if root else ()):
        needed.setdefault(f"`{scope_of(field)}`", []).append(f"`{name}`")
    yield from _table("scope", "mutations", sorted(needed.items()))


def _table(left: str, right: str, rows: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    yield f"| {left} | {right} |\n|---|---|"
    for name, items in rows:
        yield f"| {name} | {', '.join(items)} |"


def _run(_settings: Settings, _: Namespace) -> int:
    print(printed(), end="")
    return 0


PERMISSIONS = Verb("permissions", "print who may do what", _run)
