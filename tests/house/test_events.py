"""Is the registry of events closed? Whatever is emitted is in it, and every step of a machine."""

import ast
import sys
from collections.abc import Iterator

from service.events import THINGS, TYPES
from service.ground.machine import Machine, event_name
from tests.house.sources import ROOT, place, python_files, tree

EMITTING = {"emit", "_emit"}
OUTSIDE = {"service/ground/machine.py", "service/interactions/clocks/notices.py"}
"""Where the type is composed, or handed on: machines and notices, whose types the tests below know."""


def emitted() -> Iterator[tuple[str, list[str]]]:
    """Yields each call that emits, with the types that it can emit."""
    for path in python_files("service", "schema", "infra"):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in EMITTING
            ):
                literals = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                yield place(path, node), [one for one in literals if isinstance(one, str)]


def test_every_event_that_is_emitted_is_in_the_registry() -> None:
    unknown = {
        where: types
        for where, types in emitted()
        if where.rpartition(":")[0] not in OUTSIDE and not (types and TYPES.issuperset(types))
    }
    notices = {type_ for where, types in emitted() if "notices" in where for type_ in types}

    assert unknown == {}
    assert notices <= TYPES


def test_the_registry_has_every_step_of_every_machine_and_nothing_that_never_happens() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("service.")]
    machines = [value for module in modules for value in vars(module).values() if isinstance(value, Machine)]
    steps = {
        f"{event_name(machine.model.__name__)}.{state.lower()}"
        for machine in machines
        for step in machine.steps
        for state in type(step.target)
    }

    told = {type_ for _, types in emitted() for type_ in types}

    assert len(machines) > 5
    assert steps - TYPES == set()
    assert TYPES - steps - told == set(), "what is promised here happens somewhere"


def test_the_page_about_events_names_every_type() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    missing = [name for name, thing in THINGS.items() if f"`{name}`: {', '.join(thing.verbs)}" not in page]

    assert missing == []
