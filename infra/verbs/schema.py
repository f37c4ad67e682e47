"""The verb `schema`: print the schema as GraphQL's definition language, sorted."""

from argparse import Namespace

from graphql import build_schema, lexicographic_sort_schema, print_schema

from infra.settings import Settings
from infra.verbs.verb import Verb
from schema.graph import build
from schema.planner.catalogue import Catalogue


def printed() -> str:
    """Returns the schema as it is committed in `schema/schema.graphql`."""
    # Sorting copies enums without the Python values that defaults of inputs hold, so a read copy is sorted.
    plain = build_schema(print_schema(Catalogue(build()).schema))
    return print_schema(lexicographic_sort_schema(plain)) + "\n"


def _run(_settings: Settings, _: Namespace) -> int:
    print(printed(), end="")
    return 0


SCHEMA = Verb("schema", "print the GraphQL schema", _run)
