"""What do the documents claim? Their code spans, links, tables and sections, as a reader sees them."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import ROOT, functions, python_files, text, tracked

ARCHITECTURE = Path("docs/architecture.md")
COST = Path("docs/cost.md")
DEPENDENCIES = Path("docs/dependencies.md")
GLOSSARY = Path("docs/glossary.md")
README = Path("README.md")
DECISIONS = Path("docs/adr")

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
SUFFIXES = (".py", ".md", ".toml", ".graphql", ".json", ".txt", ".svg", ".png", ".mjs")
OWN_NAME = re.compile(r"(?:service|schema|infra|tests)(?:\.\w+)+")


def documents() -> list[Path]:
    """Returns the pages that people read: the front page, how to contribute, and everything in `docs`."""
    pages = (Path("README.md"), Path("CONTRIBUTING.md"))
    return [path for path in tracked() if path in pages or (path.parts[0] == "docs" and path.suffix == ".md")]


def spans(page: Path) -> list[str]:
    """Returns the code spans of a page, fenced blocks left out."""
    return SPAN.findall(FENCED.sub("", text(page)))


def paths(page: Path) -> list[str]:
    """Returns the files and folders of the project that a page names."""
    whole = [span for span in spans(page) if PATH.fullmatch(span)]
    return [span for span in whole if "/" in span or is_root_file(span)]


def is_root_file(span: str) -> bool:
    """Tells whether a span looks like a file at the root: one dot, and a suffix that files have here."""
    return span == "Makefile" or (span.count(".") == 1 and span.endswith(SUFFIXES))


def names(page: Path) -> list[str]:
    """Returns the modules, classes and functions that a page names, from the floor on."""
    return [span for span in spans(page) if OWN_NAME.fullmatch(span) and not is_root_file(span)]


def named_tests(page: Path) -> list[str]:
    """Returns the tests that a page names."""
    return [span for span in spans(page) if re.fullmatch(r"test_\w+", span)]


def links(page: Path) -> list[Path]:
    """Returns what a page links to inside the project, relative to its root."""
    found = LINK.findall(FENCED.sub("", text(page)))
    return [Path((ROOT / page).parent / link).resolve().relative_to(ROOT) for link in found]


def section(page: Path, heading: str) -> str:
    """Returns what stands below a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    lines = text(page).split("\n")
    begin = lines.index(heading) + 1
    end = next((n for n in range(begin, len(lines)) if re.match(rf"#{{1,{level}}} ", lines[n])), len(lines))
    return "\n".join(lines[begin:end])


def operations(page: Path) -> list[str]:
    """Returns the GraphQL documents that a page shows."""
    return re.findall(r"^```graphql\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def first_column(table: str) -> list[str]:
    """Returns the code spans that begin the rows of a table."""
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def items(part: str) -> list[str]:
    """Returns the numbered items of a section, each with the lines that continue it."""
    return re.findall(r"^\d+\. .*(?:\n   .*)*", part, re.MULTILINE)


def known_tests() -> Iterator[str]:
    """Yields the name of every test of the project."""
    for path in python_files("tests"):
        for function in functions(path):
            if function.name.startswith("test_"):
                yield function.name


def exists(dotted: str) -> bool:
    """Tells whether a dotted name leads to a module, or to something inside of one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name, None)
        return found is not None
    return False
