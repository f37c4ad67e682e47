"""Can the documents lie? Whatever they name must exist, and what must be named must be there."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra.__main__ import VERBS
from infra.settings import variable_names
from schema.graph import build
from schema.guard.guard import Guard
from schema.guard.limits import Limits
from schema.planner.catalogue import Catalogue
from schema.planner.documents import Documents
from service import metrics
from service.ground.machine import Machine, event_name
from tests.house.documents import (
    ARCHITECTURE,
    COST,
    DECISIONS,
    DEPENDENCIES,
    GLOSSARY,
    README,
    documents,
    exists,
    first_column,
    items,
    known_tests,
    links,
    named_tests,
    names,
    operations,
    paths,
    section,
)
from tests.house.sources import ROOT, text, tracked

ENTRY = re.compile(r"^\*\*[^*]+\*\* \(`(\w+)`, `(\w{3})_…`\)", re.MULTILINE)
PARTS_OF_A_DECISION = ["## What", "## Why", "## Cost", "## Rejected"]
# Installed by a command of the Makefile, so not among the tracked files.
INSTALLED = {"infra/explorer/vendor", "tests/http/node_modules", ".venv", ".run"}

# What the pages show of GraphQL, in order.
KINDS = {
    README: ["query", "mutation"],
    COST: ["query"] * 4 + ["mutation", "query"],
    Path("docs/metrics.md"): ["query"],
    Path("docs/events.md"): ["subscription", "query"],
}

every_document = pytest.mark.parametrize("page", documents(), ids=str)


def machines() -> dict[str, Machine]:
    """Every state machine of the product, by the name of the thing that goes through it."""
    modules = [module for name, module in sys.modules.items() if name.startswith("service.")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Machine)]
    return {machine.model.__name__: machine for machine in found}


def states(machine: Machine) -> set[str]:
    return {state.value for step in machine.steps for state in (step.source, step.target)}


def missing(wanted: Iterator[str] | list[str]) -> list[str]:
    return [path for path in wanted if path.rstrip("/") not in INSTALLED and not (ROOT / path).exists()]


@every_document
def test_every_path_a_document_names_exists(page: Path) -> None:
    assert missing(paths(page)) == []


@every_document
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    assert missing(str(path) for path in links(page)) == []


@every_document
def test_every_name_in_the_code_that_a_document_uses_exists(page: Path) -> None:
    assert [name for name in names(page) if not exists(name)] == []


@every_document
def test_every_test_a_document_names_exists(page: Path) -> None:
    assert set(named_tests(page)) - set(known_tests()) == set()


@every_document
def test_every_command_and_variable_a_document_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    verbs = {verb.name for verb in VERBS}

    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text(page), re.MULTILINE)) - targets == set()
    assert set(re.findall(r"python -m infra ([a-z]+(?:-[a-z]+)*)", text(page))) - verbs == set()
    assert set(re.findall(r"`(CXGRAPH_\w+)", text(page))) - set(variable_names()) == set()


def test_the_read_path_has_at_most_eight_steps_each_with_its_function() -> None:
    steps = items(section(ARCHITECTURE, "## A read: wire → SQL → wire"))

    assert 1 <= len(steps) <= 8
    assert [step for step in steps if not re.search(r"`(infra|schema)\.\w+\.[\w.]+` ", step)] == []


def test_there_are_at_most_twelve_invariants_each_with_its_test() -> None:
    invariants = items(section(ARCHITECTURE, "## Invariants"))

    assert 1 <= len(invariants) <= 12
    assert [invariant for invariant in invariants if not re.search(r"`test_\w+`", invariant)] == []


def test_the_code_map_shows_every_folder_of_the_floors() -> None:
    python = [path for path in tracked() if path.suffix == ".py"]
    folders = {str(path.parent) for path in python if path.parts[0] in {"service", "schema", "infra"}}
    named = {path.rstrip("/") for path in paths(ARCHITECTURE)}
    twins = {path.replace("service/", "schema/") for path in named}

    assert {folder for folder in folders if folder.count("/") == 1} - named - twins == set()


def test_the_decisions_are_numbered_and_have_four_parts() -> None:
    decisions = [path for path in tracked() if path.parent == DECISIONS]

    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert re.findall(r"^## .*$", text(path), re.MULTILINE) == PARTS_OF_A_DECISION, path
        assert text(path).startswith(f"# {int(path.name[:4])}. "), path
        assert len(text(path).splitlines()) <= 60, path


def test_every_decision_is_listed_in_the_architecture() -> None:
    decisions = {path for path in tracked() if path.parent == DECISIONS}

    assert decisions - set(links(ARCHITECTURE)) == set()


def test_the_table_of_dependencies_is_the_list_of_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    declared = {
        "Runtime": project["project"]["dependencies"],
        "extras": extras,
        **project["dependency-groups"],
    }
    listed = {"Runtime": "## Runtime", "extras": "## Extras", "demo": "## Demo", "test": "## Test"}

    assert set(declared) == set(listed)
    for group, heading in listed.items():
        wanted = sorted(Requirement(line).name for line in declared[group])
        assert sorted(first_column(section(DEPENDENCIES, heading))) == wanted


def test_the_glossary_has_every_node_type_with_its_prefix() -> None:
    nodes = {node.entity.name: node.entity.prefix for node in Catalogue(build()).nodes.values()}

    assert nodes.items() - set(ENTRY.findall(text(GLOSSARY))) == set()


def test_the_glossary_has_every_state_of_every_machine() -> None:
    for name, machine in machines().items():
        thing = event_name(name).replace("_", " ")
        listed = first_column(section(GLOSSARY, f"#### States: {thing}"))
        assert set(listed) == states(machine), name


def test_the_glossary_has_every_metric() -> None:
    listed = first_column(section(GLOSSARY, "## Metrics"))

    assert listed == [definition.id for definition in metrics.DEFINITIONS]


@every_document
def test_every_operation_a_document_shows_is_valid(page: Path) -> None:
    known = Documents(Guard(Catalogue(build()).schema, Limits(), discreet=False))

    assert [known.operation(shown, None).kind.value for shown in operations(page)] == KINDS.get(page, [])


def test_the_readme_is_short_and_needs_no_other_page_to_begin() -> None:
    commands = re.findall(r"^make \w+", text(README), re.MULTILINE)

    assert len(text(README).splitlines()) <= 150
    assert {"make run", "make test"} <= set(commands)
