"""Does the house keep what it promises of itself: one way to read, one place of transactions, one clock?"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLObjectType
from strawberry.types.base import get_object_definition

from schema.graph import build
from schema.planner.catalogue import Catalogue, is_planned
from service.ground.reads import Entity
from tests.house.sources import FLOORS, place, python_files, tree

DOORS = {Path("infra/database.py"), Path("infra/transactions.py")}
# Alembic's own transactions: migrations run before the service does.
MIGRATIONS = Path("infra/migrations")
TRANSACTING = {"transaction", "begin", "begin_nested", "commit", "rollback"}
CLOCK = {"now", "utcnow", "today", "time", "time_ns"}
KEYS = Path("service/ground/keys.py")


def calls(*folders: str) -> Iterator[tuple[Path, ast.Call, ast.Attribute]]:
    """Yields every call of a method, or of something inside a module."""
    for path in python_files(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path, node, node.func


def test_transactions_begin_and_end_behind_the_doors_only() -> None:
    elsewhere = [
        place(path, call)
        for path, call, function in calls(*FLOORS)
        if function.attr in TRANSACTING and path not in DOORS and not path.is_relative_to(MIGRATIONS)
    ]

    assert elsewhere == []


def test_the_session_has_the_only_clock() -> None:
    reading = [
        place(path, call)
        for path, call, function in calls("service", "schema")
        if function.attr in CLOCK
        and isinstance(function.value, ast.Name)
        and function.value.id in {"datetime", "date", "time"}
        and path != KEYS
    ]

    assert reading == []


def test_no_data_loader_exists() -> None:
    loading = [
        place(path, node)
        for path in python_files(*FLOORS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and "dataloader" in (node.module or "")
    ]

    assert loading == []


def test_every_field_below_the_root_is_read_by_sql() -> None:
    catalogue = Catalogue(build())
    shown = [
        type_
        for type_ in catalogue.schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and catalogue.model_of(type_.name)
    ]
    resolved = [
        f"{type_.name}.{name}"
        for type_ in shown
        for name, field in type_.fields.items()
        if not is_planned(field)
    ]

    assert len(shown) > 1
    assert resolved == []


def test_no_two_chapters_give_a_type_the_same_field() -> None:
    schema = build()
    twice = [
        f"{name}.{field}"
        for name, found in schema.schema_converter.type_map.items()
        if (definition := get_object_definition(getattr(found.definition, "origin", object)))
        for field, times in Counter(field.python_name for field in definition.fields).items()
        if times > 1
    ]

    assert twice == []


def test_no_two_things_share_a_prefix_of_ids() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("service.")]
    entities = {value for module in modules for value in vars(module).values() if isinstance(value, Entity)}

    assert {prefix: n for prefix, n in Counter(e.prefix for e in entities).items() if n > 1} == {}
