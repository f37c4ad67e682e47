"""Can a permission be forgotten? Every mutation declares its scope, every table is decided about."""

from graphql import GraphQLObjectType
from sqlmodel import SQLModel

from infra.verbs.permissions import printed
from schema.graph import build
from schema.ground.writing import scope_of
from schema.planner.catalogue import Catalogue
from service.ground.scopes import EVERY, OF_GROUND, ROLES, Scope, reading
from tests.house.sharding import GLOBAL_TABLES
from tests.house.sources import ROOT

CATALOGUE = Catalogue(build())
UNUSED = {
    Scope.PII_READ: "masking by scope",
    Scope.EVENTS_READ: "the feed of changes",
    Scope.METRICS_READ: "what is computed of many chapters at once",
    Scope.METRICS_DESIGN: "the tenant's own definitions",
}
"""Scopes that no mutation needs and no type shows, each with what it is kept for."""


def mutations() -> GraphQLObjectType:
    assert CATALOGUE.schema.mutation_type is not None
    return CATALOGUE.schema.mutation_type


def test_every_mutation_declares_the_scope_it_needs() -> None:
    without = []
    for name, field in mutations().fields.items():
        try:
            scope_of(field)
        except LookupError:
            without.append(name)

    assert without == []


def test_no_mutation_is_allowed_to_those_who_only_read() -> None:
    open_ = [name for name, field in mutations().fields.items() if scope_of(field) in ROLES["viewer"]]

    assert open_ == []


def test_it_is_decided_of_every_table_what_reading_it_needs() -> None:
    decided = {table.name: reading(table.name) for table in SQLModel.metadata.sorted_tables}

    assert {name for name, scope in decided.items() if scope is None} == {
        name for name, scope in OF_GROUND.items() if scope is None
    }
    assert set(GLOBAL_TABLES) <= set(decided)


def test_every_scope_serves_something_and_an_administrator_has_all() -> None:
    used = {scope_of(field) for field in mutations().fields.values()}
    used |= {reading(table.name) or Scope.PII_READ for table in SQLModel.metadata.sorted_tables}

    assert EVERY - used - set(UNUSED) == frozenset()
    assert ROLES["administrator"] == EVERY
    assert all(scopes <= EVERY for scopes in ROLES.values())


def test_the_table_of_permissions_is_the_one_that_is_kept() -> None:
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")

    assert page == printed(), "run `python -m infra permissions > docs/permissions.md`"
