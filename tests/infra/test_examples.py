"""Can every example of the explorer be asked? Valid against the schema, planned, and answered."""

import json
from pathlib import Path

import pytest
from graphql import OperationType

from infra.explorer import EXAMPLES
from schema.graph import build
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import Limits
from schema.planner.catalogue import Catalogue
from schema.planner.documents import Documents
from tests.ground import Answering

SOURCES = sorted(EXAMPLES.glob("*.graphql"))
DOCUMENTS = Documents(Guard(Catalogue(build()).schema, Limits(), discreet=False))

every_example = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


def variables(path: Path) -> dict[str, object]:
    """The variables that wait in the example's tab."""
    beside = path.with_suffix(".json")
    found: dict[str, object] = json.loads(beside.read_text()) if beside.exists() else {}
    return found


def kind(path: Path) -> OperationType:
    return DOCUMENTS.operation(path.read_text(), None).kind


@every_example
def test_an_example_and_its_variables_are_valid(path: Path) -> None:
    try:
        DOCUMENTS.operation(path.read_text(), None).variables(variables(path))
    except RefusedError as refused:
        pytest.fail("\n".join(error.message for error in refused.errors))


@every_example
async def test_an_example_is_answered_in_a_tenant_that_has_nothing(path: Path, ask: Answering) -> None:
    data = await ask(path.read_text(), **variables(path))

    if kind(path) is OperationType.MUTATION:
        [payload] = data.values()
        assert {error["code"] for error in payload["userErrors"]} == {"NOT_FOUND"}


def test_every_variable_file_has_its_example() -> None:
    beside = {path.stem for path in EXAMPLES.glob("*.json")}

    assert beside - {path.stem for path in SOURCES} == set()
