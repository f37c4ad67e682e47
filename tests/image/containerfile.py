"""What does the Containerfile say? Its instructions, by stage."""

import json
from dataclasses import dataclass
from functools import cached_property

from tests.house.sources import ROOT


@dataclass(frozen=True)
class Stage:
    """One stage of the build: its instructions in order, each a word and the rest."""

    instructions: tuple[tuple[str, str], ...]

    def of(self, word: str) -> list[str]:
        """Returns what follows a word, for each instruction that begins with it."""
        return [rest for first, rest in self.instructions if first == word]

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables that every process begins with."""
        pairs = [pair for rest in self.of("ENV") for pair in rest.split()]
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def entrypoint(self) -> list[str]:
        """The words that every command begins with."""
        words: list[str] = json.loads(self.of("ENTRYPOINT")[0])
        return words

    @property
    def folder(self) -> str:
        """Where processes begin."""
        return self.of("WORKDIR")[-1]


def stages() -> list[Stage]:
    """Returns the stages in order; what comes before the first is left out."""
    found: list[list[tuple[str, str]]] = []
    for line in (ROOT / "Containerfile").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return [Stage(tuple(instructions)) for instructions in found]
