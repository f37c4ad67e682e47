"""How is a story of the demo told? Step by step, by the public mutations; a told one is not told again."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.demo.asking import Ask, DemoRefused, accepted
from infra.demo.requests import document
from infra.demo.story import (
    FeedbackKey,
    InteractionKey,
    Named,
    Ref,
    Step,
    Story,
    TouchpointKey,
    Value,
)

LOOPS = "{ feedbackLoops(first: 100) { nodes { name } } }"
FIND_FEEDBACK = """query($source: String!, $key: String!) {
  found: feedback(first: 1, filter: { source: { eq: $source }, key: { eq: $key } }) { nodes { id } } }"""
FIND_INTERACTION = """query($source: String!, $key: String!) {
  found: interactions(first: 1, filter: { source: { eq: $source }, key: { eq: $key } }) { nodes { id } } }"""
FIND_TOUCHPOINT = "query($key: String!) { found: touchpoint(key: $key) { id } }"

Ids = dict[Ref | Named, str]
"""The ids of what the steps of a story name, as far as they are known."""


async def tell(ask: Ask, story: Story) -> None:
    """Plays the steps of a story unless it was told; raises DemoRefused for the first that is refused."""
    if await is_told(ask, story):
        return
    known: Ids = {}
    for step in story.steps:
        for named in _names(step.says):
            known[named] = known.get(named) or await _find(ask, named)
        known[Ref(step.name)] = await _play(ask, step, known)


async def is_told(ask: Ask, story: Story) -> bool:
    """Whether the loop is open with which a story ends."""
    return story.loop in {loop["name"] for loop in (await ask(LOOPS))["feedbackLoops"]["nodes"]}


async def _play(ask: Ask, step: Step, known: Ids) -> str:
    """Calls the mutation of a step and returns the id of what it gives; empty where it gives nothing."""
    answer = f"{step.gives} {{ id }}" if step.gives else ""
    sent = _resolved(step.says, known)
    payload = accepted((await ask(document(step.mutation, answer), input=sent))[step.mutation], step.mutation)
    return str(payload[step.gives]["id"]) if step.gives else ""


def _resolved(value: Value, known: Ids) -> Any:  # noqa: ANN401 - JSON of any shape
    match value:
        case Ref() | FeedbackKey() | InteractionKey() | TouchpointKey():
            return known[value]
        case list():
            return [_resolved(item, known) for item in value]
        case Mapping():
            return {name: _resolved(item, known) for name, item in value.items()}
        case _:
            return value


def _names(value: Value) -> Iterator[Named]:
    """Yields what a step names of the data."""
    match value:
        case FeedbackKey() | InteractionKey() | TouchpointKey():
            yield value
        case list():
            for item in value:
                yield from _names(item)
        case Mapping():
            for item in value.values():
                yield from _names(item)


async def _find(ask: Ask, named: Named) -> str:
    """Returns the id of something in the data; raises DemoRefused where it is not there."""
    match named:
        case TouchpointKey(key):
            found = [(await ask(FIND_TOUCHPOINT, key=key))["found"]]
        case FeedbackKey(source, key):
            found = (await ask(FIND_FEEDBACK, source=source, key=key))["found"]["nodes"]
        case InteractionKey(source, key):
            found = (await ask(FIND_INTERACTION, source=source, key=key))["found"]["nodes"]
    for thing in filter(None, found):
        return str(thing["id"])
    raise DemoRefused(f"The story names {named}, which is not there.")
