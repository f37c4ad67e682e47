"""Does every file speak plainly: named after what it holds, explained, with nothing swallowed or hidden?"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import FLOORS, functions, place, python_files, text, tree

EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "base", "common", "misc", "data", "info"}
PRINTING = (Path("infra/__main__.py"), Path("infra/verbs"))
# The edge: where an unexpected error must become an answer or a log line, because nobody is further out.
EDGE = {
    Path("infra/relay.py"): "a batch that fails is reported, and is carried again a moment later",
    Path(
        "schema/execution.py"
    ): "an unexpected error of one mutation field becomes a masked error of that field",
    Path("infra/lanes.py"): "the error of a statement that others shared reaches who sent it",
    Path("infra/graphql_http.py"): "an unexpected error becomes a masked answer with a trace id",
    Path("infra/short_way.py"): "the same; before the read began, the long way meets the error again",
    Path(
        "infra/audience.py"
    ): "an event that cannot be shown ends subscriptions with a trace id; they resume",
    Path("infra/subscriptions.py"): "the same of what a subscriber has missed",
    Path("infra/census.py"): "figures that are missing are reported, and counted a minute later",
    Path("infra/sockets.py"): "a subscription that cannot begin is told so, masked and with a trace id",
    Path("infra/event_stream.py"): "the same of a stream that cannot begin",
    Path("infra/timer.py"): "a job that fails is reported, and is done again when it is due next",
}
IGNORE_WITH_CODE = re.compile(r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]|noqa: [A-Z]+[0-9]+")
IGNORE = re.compile(r"#\s*(type:\s*ignore|noqa|pyright:|mypy:|fmt:\s*off|ruff:)")


def comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(text(path)).readline)
    return (token for token in tokens if token.type == tokenize.COMMENT)


def names_broad_exception(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in caught)


def nodes(kind: type[ast.AST], *folders: str) -> Iterator[tuple[Path, ast.AST]]:
    return (
        (path, node)
        for path in python_files(*folders)
        for node in ast.walk(tree(path))
        if isinstance(node, kind)
    )


def test_no_module_has_an_empty_name() -> None:
    empty = [
        str(path) for path in python_files(*FLOORS, "tests") if EMPTY_NAMES & {path.stem, *path.parts[:-1]}
    ]

    assert empty == []


def test_every_module_says_which_question_it_answers() -> None:
    silent = [str(path) for path in python_files(*FLOORS, "tests") if ast.get_docstring(tree(path)) is None]

    assert silent == []


def test_no_import_hides_in_a_function() -> None:
    hidden = {
        place(path, node)
        for path in python_files(*FLOORS, "tests")
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert hidden == set()


def test_every_ignore_names_what_it_ignores() -> None:
    bare = [
        f"{path}:{comment.start[0]} {comment.string}"
        for path in python_files(*FLOORS, "tests")
        for comment in comments(path)
        if IGNORE.match(comment.string) and not IGNORE_WITH_CODE.search(comment.string)
    ]

    assert bare == []


def test_nothing_is_swallowed_inside_the_edge() -> None:
    swallowing = [
        place(path, node)
        for path, node in nodes(ast.ExceptHandler, *FLOORS)
        if isinstance(node, ast.ExceptHandler) and names_broad_exception(node) and path not in EDGE
    ]

    assert swallowing == []


def test_only_the_command_line_prints() -> None:
    printing = [
        place(path, node)
        for path, node in nodes(ast.Call, *FLOORS)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and not any(path.is_relative_to(allowed) for allowed in PRINTING)
    ]

    assert printing == []


def test_only_the_settings_and_the_tests_read_the_environment() -> None:
    reading = [
        place(path, node)
        for path, node in nodes(ast.Attribute, *FLOORS)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert reading == []
