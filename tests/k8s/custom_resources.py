"""Does an object of an operator's own kind have only fields that the operator knows?

The operators' definitions are large and come from a network; `custom_resources.yaml` says of each kind which
fields we use and what they may hold, as their references describe them. `!` marks what must be there.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.k8s.objects import Object

KINDS: dict[str, dict[str, object]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "any": (str, int, bool),
}


def faults(one: Object) -> list[str]:
    """Returns what is missing, not known, or not of the kind that is taken."""
    known = KINDS[f"{one['apiVersion']}/{one['kind']}"]
    fields = list(_fields({key: value for key, value in one.items() if key == "spec"}, ""))
    present = [path for path, _ in fields]
    needed = [path.rstrip("!") for path in known if path.endswith("!")]
    missing = [path for path in needed if not any(_is_or_in(found, path) for found in present)]
    return [f"{path} is missing" for path in missing] + [
        complaint for path, value in fields for complaint in _judged(path, value, known)
    ]


def _judged(path: str, value: object, known: dict[str, object]) -> Iterator[str]:
    for pattern, accepted in known.items():
        if _matches(pattern.rstrip("!"), path):
            if not _accepts(accepted, value):
                yield f"{path} is {value!r}"
            return
    yield f"{path} is not known"


def _accepts(accepted: object, value: object) -> bool:
    if isinstance(accepted, list):
        return value in accepted
    return type(value) in TYPES[str(accepted)]


def _fields(holder: object, path: str) -> Iterator[tuple[str, object]]:
    """Yields every value with its path; the places of a list are all called `[]`."""
    if isinstance(holder, dict):
        for name, value in holder.items():
            # A name with dots of its own, such as a label's, is one step.
            step = str(name).replace(".", "·")
            yield from _fields(value, f"{path}.{step}" if path else step)
    elif isinstance(holder, list):
        for value in holder:
            yield from _fields(value, f"{path}[]")
    else:
        yield path, holder


def _matches(pattern: str, path: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", r"[^.\[]+")
    return re.fullmatch(expression, path) is not None


def _is_or_in(found: str, path: str) -> bool:
    return found == path or found.startswith((f"{path}.", f"{path}["))
