"""The verb `schema`: print the schema as GraphQL's definition language, sorted."""

from argparse import Namespace

from graphql import build_ast_schema, print_schema

from infra.settings import Settings
from infra.verbs.verb import Verb
from schema.federation import plain
from schema.graph import build
from schema.planner.catalogue import Catalogue


def printed() -> str:
    """Returns the schema as it is committed in `schema/schema.graphql`."""
    return print_schema(build_ast_schema(plain(Catalogue(build()).schema))) + "\n"


def _run(_settings: Settings, _: Namespace) -> int:
    print(printed(), end="")
    return 0


SCHEMA = Verb("schema", "print the GraphQL schema", _run)
