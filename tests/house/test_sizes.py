"""Is every file and every function short enough to be held in the head?"""

import ast
from pathlib import Path
from statistics import median, quantiles

from tests.house.sources import FLOORS, functions, place, python_files, text

# Each file over the limit, with the reason why it cannot be two.
LONG_FILES: dict[str, str] = {}


def lines_of(path: Path) -> int:
    return len(text(path).splitlines())


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Counts a function's lines without its decorators and its docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None or first.end_lineno is None:
        return whole
    return whole - (first.end_lineno - first.lineno + 1)


def ninth_decile(values: list[int]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1]


def test_no_file_is_over_400_lines_without_a_written_reason() -> None:
    long = {str(path) for path in python_files(*FLOORS, "tests") if lines_of(path) > 400}

    assert long == set(LONG_FILES)


def test_nine_files_of_ten_are_at_most_250_lines() -> None:
    assert ninth_decile([lines_of(path) for path in python_files(*FLOORS, "tests")]) <= 250


def test_no_function_is_over_50_lines() -> None:
    long = [
        f"{place(path, function)} {function.name} has {length_of(function)} lines"
        for path in python_files(*FLOORS, "tests")
        for function in functions(path)
        if length_of(function) > 50
    ]

    assert long == []


def test_functions_are_ten_lines_in_the_middle_and_thirty_at_the_ninth_decile() -> None:
    lengths = [length_of(function) for path in python_files(*FLOORS) for function in functions(path)]

    assert median(lengths) <= 10
    assert ninth_decile(lengths) <= 30
