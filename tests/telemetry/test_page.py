"""Does the page about telemetry say what the code does?"""

import ast
import re
from pathlib import Path

from infra.settings import Settings
from infra.telemetry import names
from infra.verbs.telemetry import printed
from tests.house.sources import python_files, tree

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "telemetry.md"


def test_the_page_lists_what_the_code_tells() -> None:
    assert PAGE.read_text() == printed()


def test_every_name_of_the_module_is_in_the_lists() -> None:
    spans = {value for value in vars(names).values() if isinstance(value, names.Span)}
    metrics = {value for value in vars(names).values() if isinstance(value, names.Metric)}
    assert spans == set(names.SPANS)
    assert metrics == set(names.METRICS)
    assert len({metric.prometheus for metric in names.METRICS}) == len(names.METRICS)


def test_every_name_is_told_somewhere_in_the_code() -> None:
    sources = [path for path in python_files("infra") if path.name != "names.py"]
    told = {node.attr for path in sources for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    listed = {name for name, value in vars(names).items() if isinstance(value, names.Metric | names.Span)}
    assert listed - told == set()


def test_every_value_of_our_own_attributes_is_said_somewhere_in_the_code() -> None:
    sources = [path for path in python_files("infra", "schema", "service") if path.name != "names.py"]
    constants = (node for path in sources for node in ast.walk(tree(path)) if isinstance(node, ast.Constant))
    said = {word for node in constants if isinstance(node.value, str) for word in node.value.split()}
    attributes = {
        one for metric in names.METRICS for one in metric.attributes if one.name.startswith("cxgraph.")
    }
    assert {value for one in attributes for value in one.values} - said == set()


def test_every_setting_on_the_page_exists() -> None:
    mentioned = set(re.findall(r"CXGRAPH_([A-Z_]+)", PAGE.read_text()))
    assert {name.lower() for name in mentioned} <= set(Settings.model_fields)


def test_a_name_that_somebody_spells_out_is_in_the_list() -> None:
    listed = {metric.name for metric in names.METRICS} | {
        one.name for source in (*names.SPANS, *names.METRICS) for one in source.attributes
    }
    written = {
        word
        for path in (ROOT / "infra" / "telemetry").glob("*.py")
        for word in re.findall(
            r'"((?:cxgraph|http\.re|http\.ro|db|graphql|messaging)[a-z_]*\.[a-z_.]+)"', path.read_text()
        )
    }
    others = {"cxgraph.telemetry", "cxgraph.answer", "http.response.start"}
    assert written - listed - others == set()
