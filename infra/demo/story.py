"""What is a story? Mutations to be played in order, each of which may name what earlier ones returned.

Evidence is taken from the data; its numbers are checked by a test. Steps marked `staged` are written for the
demo: neither source publishes what was done about its findings, and the incident log holds no words of
customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """The entity that an earlier step of the same story returned."""

    step: str


@dataclass(frozen=True, slots=True)
class FeedbackKey:
    """A feedback answer of the data, by its source and key."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class InteractionKey:
    """An interaction of the data, by its source and key."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class TouchpointKey:
    """A touchpoint of the catalogue, by its key."""

    key: str


Named = FeedbackKey | InteractionKey | TouchpointKey
Value = str | int | float | Ref | Named | list["Value"] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Step:
    """One public mutation: what it is called in the story, which field it calls and what it says.

    `gives` is the field of the payload that holds the entity which later steps name.
    """

    name: str
    mutation: str
    says: Mapping[str, Value]
    gives: str = ""
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One improvement, from evidence to its loop; the loop's name tells whether the story was told."""

    loop: str
    steps: tuple[Step, ...]


def quotes(*evidence: FeedbackKey | InteractionKey) -> list[Value]:
    """Signals that name these answers and interactions of the data."""
    return [
        {"feedbackId" if isinstance(one, FeedbackKey) else "interactionId": one, "importance": 2}
        for one in evidence
    ]


def ripens(state: str) -> Step:
    """The step of a story's insight to a state."""
    return Step(
        f"insight {state.lower()}",
        "insightTransition",
        {"insightId": Ref("insight"), "to": state},
        staged=True,
    )


def moves(state: str) -> Step:
    """The step of a story's initiative to a state."""
    return Step(
        f"initiative {state.lower()}",
        "initiativeTransition",
        {"initiativeId": Ref("initiative"), "to": state},
        staged=True,
    )


def locks_plan() -> Step:
    """The step that freezes how the effect of a story's initiative will be judged."""
    return Step("plan locked", "measurementPlanLock", {"initiativeId": Ref("initiative")}, staged=True)


def opens_loop(name: str, owner: str) -> Step:
    """The last step: the loop has opened by itself when work began; now it gets its name and owner."""
    says: Mapping[str, Value] = {
        "insightId": Ref("insight"),
        "initiativeId": Ref("initiative"),
        "name": name,
        "owner": owner,
    }
    return Step("loop", "feedbackLoopOpen", says, gives="feedbackLoop", staged=True)
