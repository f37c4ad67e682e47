"""How does feedback come in? One answer at a time, or up to 1,000 with a result for each."""

from collections.abc import Sequence
from uuid import UUID

from service.feedback.acceptance import Accepted, Stamp, accepted
from service.feedback.answers import Answer
from service.feedback.lookups import look_up
from service.feedback.tables import Feedback, FeedbackReason
from service.ground.batches import Batch, ErrorPolicy, Outcome, RowResult
from service.ground.keys import uuid7
from service.ground.problems import Problem, Taken
from service.ground.session import Session

NAME = ("source", "key")
SAID = ("score", "resolved_at_first_contact", "verbatim", "submitted_at")
"""What makes an answer the same as one that was sent before under the same name."""

Intake = dict[int, Accepted]
"""What is kept, by its place in the batch."""


async def submit(session: Session, answer: Answer) -> tuple[UUID, Outcome]:
    """Record one answer and let the service react to it; raises a Problem where it cannot be kept."""
    known = await look_up(session, [answer])
    batch = Batch([answer])
    intake = {0: accepted(answer, known, _stamp(session, [answer]))}
    for number in await _keep(session, batch, intake):
        _tell(session, intake[number])
    [result] = batch.finish(session, ErrorPolicy.REJECT_FAILED, dry_run=False)
    if result.id is None:
        raise _said_otherwise()
    return result.id, result.outcome


async def import_all(
    session: Session,
    answers: Sequence[Answer | Problem],
    policy: ErrorPolicy,
    *,
    dry_run: bool = False,
    silent: bool = True,
) -> list[RowResult]:
    """Record up to 1,000 answers; one whose source and key are known is a duplicate and changes nothing.

    A row that could not even be read as an answer is a Problem already. A silent import tells nobody: no
    events, and so no reactions to what customers said long ago.
    """
    batch = Batch(answers, "feedback")
    intake = await _take_in(session, batch, answers)
    created = await _keep(session, batch, intake)
    if not silent:
        for number in created:
            _tell(session, intake[number])
    return batch.finish(session, policy, dry_run=dry_run)


async def _take_in(session: Session, batch: Batch, answers: Sequence[Answer | Problem]) -> Intake:
    """Turn each answer into its row, or refuse it."""
    read = [answer for answer in answers if isinstance(answer, Answer)]
    known, stamp = await look_up(session, read), _stamp(session, read)
    intake: Intake = {}
    for number, answer in enumerate(answers):
        try:
            if isinstance(answer, Problem):
                raise answer
            intake[number] = accepted(answer, known, stamp)
        except Problem as problem:
            batch.reject(number, problem)
    return intake


async def _keep(session: Session, batch: Batch, intake: Intake) -> list[int]:
    """Insert the rows whose names are new, and return their places in the batch.

    They are inserted in the order of their names, so that two imports of the same answers never wait for each
    other in a circle.
    """
    ordered = sorted(intake.values(), key=lambda one: one.name)
    new = await session.insert_new(Feedback, [one.row for one in ordered], NAME)
    created = [number for number, one in intake.items() if one.id in new]
    for number in created:
        batch.settle(number, Outcome.CREATED, intake[number].id)
    session.insert(FeedbackReason, [link for number in created for link in _links(intake[number])])
    if len(created) < len(intake):
        await _recognise(session, batch, intake)
    return created


async def _recognise(session: Session, batch: Batch, intake: Intake) -> None:
    """Settle the rows whose names were taken: the same answer again, or another one, which is refused."""
    taken = {number: one for number, one in intake.items() if batch.is_open(number)}
    found = await session.lookup(Feedback, NAME, [one.name for one in taken.values()], ("id", *SAID))
    for number, one in taken.items():
        kept = found[one.name]
        if all(kept[name] == one.row[name] for name in SAID):
            batch.settle(number, Outcome.DUPLICATE, kept["id"])
        else:
            batch.reject(number, _said_otherwise())


def _said_otherwise() -> Problem:
    """Return why an answer is refused whose name belongs to one that says something else."""
    return Taken("key", thing="answer, which says something else,", key="source and key")


def _stamp(session: Session, answers: Sequence[Answer]) -> Stamp:
    judged = any(answer.sentiment or answer.emotion for answer in answers)
    return Stamp(session.now, session.actor.subject, with_judgements=judged)


def _links(one: Accepted) -> list[dict[str, object]]:
    time = one.row["submitted_at"]
    return [
        {"id": uuid7(), "feedback_id": one.id, "contact_reason_id": reason_id, "submitted_at": time}
        for reason_id in one.reasons
    ]


def _tell(session: Session, one: Accepted) -> None:
    """Emit the event by which other chapters learn of an answer; `low` is what asks for recovery."""
    named = ("customer_id", "survey_id", "touchpoint_id", "interaction_id", "journey_instance_id")
    ids = {name: one.row[name] and str(one.row[name]) for name in named}
    said = {name: one.row[name] for name in ("kind", "score", "nps_category")}
    session.emit("feedback.submitted", one.id, **said, low=one.low, **ids)
