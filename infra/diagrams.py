"""What does a state machine look like? A page of diagrams and steps, drawn from the machines themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.ground.machine import Machine, Step
from service.initiatives.machine import INITIATIVE
from service.insights.machine import ELEVATION, INSIGHT
from service.loops.machine import FOLLOW_UPS, LOOPS, RECOVERIES
from service.loops.recovery_rules import RULES
from service.loops.terms import NUMBERS, USUAL

HEAD = """# The closed loop

How each thing of the loop moves, and what each step needs. This page is written by `make states` from the
machines in `service/insights/machine.py`, `service/initiatives/machine.py`, `service/loops/machine.py` and
`service/loops/recovery_rules.py`; a test holds it against them. The words are explained in
[the glossary](glossary.md).

Things begin at the black dot. *By itself* marks steps that no request takes: rules, events and evaluations
do. Every step is remembered with its author, time and reason. `allowedTransitions` shows the steps that can
be asked for, and what each of them lacks.
"""

FOLDING = (
    "When two records turn out to be one person, the follow-up that has come less far is FOLDED into the "
    "other from any state; undoing the merge puts it back there. When one of two initiatives is cancelled, "
    "what it owed is FOLDED into what the other owes for the same words."
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One machine on the page: what it is about, and where it begins."""

    title: str
    machine: Machine
    begins: str
    story: str


CHAPTERS = (
    Chapter(
        "Recovery: the inner loop",
        RECOVERIES,
        "OPEN",
        "One customer is won back. Opened by a rule, by a disputed follow-up, or by an agent. Only the "
        "customer's own answer recovers, by a signed link or recorded by an agent. Silence becomes "
        "UNCONFIRMED when its window is over; a bad answer, or contact about the same reason within its "
        "window, reopens by itself.",
    ),
    Chapter(
        "Recovery rule",
        RULES,
        "DRAFT",
        "What opens recoveries. An edition that takes effect retires the one before; a dry run tells what an "
        "edition would have opened over a past period. Its times run in the open hours of the business "
        "calendar that it names, else of that of the tenant's terms, without one always. Recoveries that no "
        "rule opened go by the terms alone. Waiting for the customer uses none; a reopening counts anew, by "
        "the hours of then.",
    ),
    Chapter("Elevation", ELEVATION, "PROPOSED", "The front line asks for what it cannot fix itself."),
    Chapter(
        "Insight",
        INSIGHT,
        "DRAFT",
        "A claim about the experience ripens with evidence, and is resolved by proof only.",
    ),
    Chapter(
        "Initiative",
        INITIATIVE,
        "PROPOSED",
        "A funded change, judged by a plan that was locked before the work began.",
    ),
    Chapter(
        "Follow-up: you said, we did",
        FOLLOW_UPS,
        "OWED",
        "What each customer is owed whose words led to an initiative. Whoever objected is left alone; "
        "whoever was written to lately is told later.",
    ),
    Chapter(
        "Feedback loop: the outer loop",
        LOOPS,
        "OPEN",
        "An insight and its initiative. A sponsor may close it although something is missing, with a "
        "reason; the reason, and what was missing, are shown for ever.",
    ),
)


def page() -> str:
    """Returns the whole page."""
    return "\n".join([HEAD, *(_chapter(one) for one in CHAPTERS), _terms()])


def _chapter(chapter: Chapter) -> str:
    lines = [f"## {chapter.title}", "", *_wrapped(chapter.story), "", *_diagram(chapter), ""]
    needs = list(_needs(chapter.machine))
    if any(_is_folding(step) for step in chapter.machine.steps):
        lines += list(_wrapped(FOLDING))
        lines.append("")
    if needs:
        lines += ["| step | needs |", "|---|---|", *needs, ""]
    return "\n".join(lines)


def _diagram(chapter: Chapter) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {chapter.begins}"
    for step in _drawn(chapter.machine):
        yield f"    {step.source} --> {step.target}{': by itself' if step.by_system else ''}"
    yield "```"


def _drawn(machine: Machine) -> list[Step]:
    """Returns the steps to draw: what leads to or from folding from anywhere is said in words."""
    return [step for step in machine.steps if not _is_folding(step)]


def _is_folding(step: Step) -> bool:
    return "FOLDED" in {step.source, step.target} and step.source != "OWED"


def _needs(machine: Machine) -> Iterator[str]:
    """Yields a row for all steps that need the same and lead to the same."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for step in _drawn(machine):
        if step.requires:
            key = (step.target, tuple(one.message.rstrip(".") for one in step.requires))
            grouped.setdefault(key, []).append(step.source)
    for (target, messages), sources in grouped.items():
        yield f"| {', '.join(sources)} → {target} | {'; '.join(messages)} |"


def _terms() -> str:
    rows = [f"| `{name}` | {getattr(USUAL, name):,} |" for name in NUMBERS]
    story = (
        f"A tenant sets its own with `loopPolicySet`, in editions. Consent is usually {USUAL.consent_basis}."
    )
    return "\n".join(["## The usual terms", "", story, "", "| term | usually |", "|---|---|", *rows, ""])


def _wrapped(text: str, width: int = 118) -> Iterator[str]:
    line = ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
