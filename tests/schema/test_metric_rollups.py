"""Do roll-ups say what the raw rows say? After late events, corrections and deletions, and when audited."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import bindparam, delete

from infra.database import Database
from infra.roll_ups import audit, fold, recount
from schema.execution import Graph, Request
from service import interactions
from service.customers import CustomerRef
from service.customers.tables import Customer
from service.feedback.coding import Coding, code
from service.feedback.rules import nps_category
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, ScaleDirection
from service.ground.actor import Actor, ActorKind
from service.ground.batches import ErrorPolicy
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions import imports
from service.interactions.references import Named, Refs
from service.interactions.tables import (
    ContactReason,
    Interaction,
    InteractionStatus,
    LedgerType,
    Party,
    ReasonKind,
    Team,
)
from service.interactions.writes import Correction
from service.touchpoints.tables import Channel, Medium, Touchpoint, TouchpointEvent
from tests.ground import Answering, add_tenant

START = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
SPAN_HOURS = 24 * 40
METRICS = [
    "NPS",
    "NPS_WEIGHTED",
    "CSAT",
    "CSAT_WEIGHTED",
    "CSAT_MEAN",
    "CES_EASY",
    "CES_MEAN",
    "CONTACTS",
    "SLA_ATTAINMENT",
    "REOPEN_RATE",
    "RESOLUTION_RATE",
    "BACKLOG",
    "PROMISE_ADHERENCE",
    "FRT_HUMAN",
    "FRT_ANY",
    "FIRST_RESOLUTION",
    "FULL_RESOLUTION",
]
PERIOD = {"from": "2026-02-01T00:20:00Z", "to": "2026-03-03T10:40:00Z"}
IN_TIME = "2099-01-01T00:00:00Z"
SOURCE = """query($rolled: MetricInput!, $raw: MetricInput!) {
  rolled: metric(input: $rolled) { ...Told } raw: metric(input: $raw) { ...Told } }
fragment Told on MetricValue { value sampleSize flags interval { low high }
  series { startsAt endsAt value sampleSize interval { low } } groups { key value sampleSize } }"""
DELETION = Statement(
    delete(table_of(Feedback)).where(
        table_of(Feedback).c.tenant_id == TENANT, table_of(Feedback).c.id == bindparam("id")
    )
)
Change = Callable[[Session, random.Random], Awaitable[None]]


@pytest.fixture(scope="module")
async def busy(database: Database) -> Actor:
    """Someone in a tenant in which much has happened, late, corrected and deleted."""
    key = f"busy-{uuid7()}"
    actor = Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)
    chance = random.Random(7)  # noqa: S311 - only has to be the same each time
    async with database.work(actor) as session:
        known = _catalogue(session)
    for _ in range(3):
        async with database.work(actor) as session:
            for _ in range(60):
                session.add(_answer(session, chance, known))
                session.add(_event(session, chance, known))
        async with database.work(actor) as session:
            matters = [_matter(chance) for _ in range(60)]
            results = await imports.import_all(session, matters, ErrorPolicy.REJECT_ALL)
            assert all(result.id for result in results)
    for change in (_move, _code, _reopen, _delete, _answer_again):
        for _ in range(10):
            async with database.work(actor) as session:
                await change(session, chance)
    return actor


@pytest.fixture(scope="module")
def asked(graph: Graph, busy: Actor) -> Answering:
    """Asks in the busy tenant."""

    async def data(source: str, **variables: object) -> dict[str, Any]:
        response = await graph.answer(Request(source, variables=variables), busy)
        told = orjson.loads(response.body)
        assert "errors" not in told, told["errors"]
        found: dict[str, Any] = told["data"]
        return found

    return data


async def test_every_hour_of_a_busy_tenant_is_counted_exactly(database: Database, busy: Actor) -> None:
    assert await audit(database, busy, SPAN_HOURS * 2) == []

    rows = await database.pool.fetchval(
        "SELECT count(*) FROM metric_change WHERE tenant_id = $1", busy.tenant_id
    )
    assert rows > 500


@pytest.mark.parametrize(
    "more", [{}, {"granularity": "DAY", "timeZone": "Asia/Kolkata"}, {"breakdown": "TOUCHPOINT"}]
)
async def test_rollups_answer_as_raw_rows_do(asked: Answering, more: dict[str, str]) -> None:
    for metric in METRICS:
        question = {"metric": metric, **PERIOD, **more}

        found = await asked(SOURCE, rolled=question, raw={**question, "asOf": IN_TIME})

        assert found["rolled"] == found["raw"]
        assert found["rolled"]["sampleSize"] > 20


async def test_quantiles_are_within_a_hundredth_of_the_exact_ones(
    database: Database, busy: Actor, asked: Answering
) -> None:
    rows = await database.pool.fetch(
        "SELECT extract(epoch FROM resolved_at - opened_at)::float AS lasted FROM interaction "
        "WHERE tenant_id = $1 AND resolved_at IS NOT NULL",
        busy.tenant_id,
    )
    exact = quantiles([row["lasted"] for row in rows], n=100, method="inclusive")
    ordered = sorted(row["lasted"] for row in rows)

    for percent in (10, 50, 90):
        question = {"metric": "FULL_RESOLUTION", "quantile": percent / 100}
        found = await asked("query($q: MetricInput!) { metric(input: $q) { value } }", q=question)
        rank = int(percent / 100 * (len(ordered) - 1))
        assert found["metric"]["value"] == pytest.approx(ordered[rank], rel=0.01)
        assert ordered[rank] <= exact[percent - 1] <= ordered[rank + 1]


async def test_folding_and_counting_anew_change_no_answer(
    database: Database, busy: Actor, asked: Answering
) -> None:
    before = [await asked(SOURCE, rolled={"metric": m}, raw={"metric": m}) for m in METRICS]

    assert await fold(database, busy) > 0
    assert await fold(database, busy) == 0
    folded = [await asked(SOURCE, rolled={"metric": m}, raw={"metric": m}) for m in METRICS]
    await recount(database, busy)
    recounted = [await asked(SOURCE, rolled={"metric": m}, raw={"metric": m}) for m in METRICS]

    assert before == folded == recounted
    assert await audit(database, busy, SPAN_HOURS * 2) == []


async def test_an_audit_finds_what_was_changed_behind_its_back(database: Database, busy: Actor) -> None:
    sql = "UPDATE feedback SET touchpoint_id = NULL WHERE tenant_id = $1 AND touchpoint_id IS NOT NULL"
    await database.pool.execute(sql, busy.tenant_id)

    wrong = await audit(database, busy, SPAN_HOURS * 2)

    assert wrong
    assert all(line.startswith(busy.tenant_key) and "'TOUCHPOINT'" in line for line in wrong)
    await recount(database, busy)


def _catalogue(session: Session) -> list[UUID]:
    session.add(Customer(display_name="Ada", email="ada@example.org"))
    places = [
        session.add(Touchpoint(key=f"t{n}", name="T", channel=Channel.WEB, medium=Medium.DIGITAL)).id
        for n in range(3)
    ]
    for n in range(3):
        session.add(Team(key=f"team{n}", name="Team"))
        reason = ContactReason(key=f"r{n}", name="R", kind=ReasonKind.QUESTION, valid_from=session.now)
        session.add(reason)
    return places


def _moment(chance: random.Random) -> datetime:
    return START + timedelta(seconds=chance.randrange(SPAN_HOURS * 3600))


def _answer(session: Session, chance: random.Random, places: list[UUID]) -> Feedback:
    kind = chance.choice([FeedbackKind.NPS, FeedbackKind.CSAT, FeedbackKind.CES])
    least, most = {FeedbackKind.NPS: (0, 10), FeedbackKind.CSAT: (1, 5), FeedbackKind.CES: (1, 7)}[kind]
    score = chance.randint(least, most)
    return Feedback(
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=kind,
        touchpoint_id=chance.choice([*places, None]),
        score=score,
        scale_min=least,
        scale_max=most,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        nps_category=nps_category(score) if kind is FeedbackKind.NPS else None,
        weight=round(chance.uniform(0.2, 3), 4),
        channel=chance.choice([Channel.WEB, Channel.EMAIL]),
        submitted_at=_moment(chance),
        recorded_at=session.now,
        recorded_by="test",
    )


def _event(session: Session, chance: random.Random, places: list[UUID]) -> TouchpointEvent:
    return TouchpointEvent(
        source="test",
        key=str(uuid7()),
        type="waited",
        channel=Channel.WEB,
        touchpoint_id=chance.choice(places),
        standard_met=chance.choice([True, False, None]),
        occurred_at=_moment(chance),
        recorded_at=session.now,
    )


def _matter(chance: random.Random) -> imports.PastMatter:
    at = _moment(chance)
    replied = at + timedelta(hours=chance.uniform(0.01, 5))
    resolved = replied + timedelta(hours=chance.uniform(0.01, 50))
    entries = [
        imports.PastEntry(LedgerType.OPENED, at, party=Party.CUSTOMER),
        imports.PastEntry(LedgerType.MESSAGE, replied, party=chance.choice([Party.AGENT, Party.BOT])),
        imports.PastEntry(
            LedgerType.MESSAGE,
            resolved,
            party=Party.AGENT,
            team_key=f"team{chance.randrange(3)}",
            handle_seconds=chance.randrange(900),
        ),
        imports.PastEntry(LedgerType.RESOLVED, resolved, party=Party.AGENT),
    ]
    return imports.PastMatter(
        "test",
        str(uuid7()),
        CustomerRef(email="ada@example.org"),
        Channel.EMAIL,
        at,
        entries[: chance.randint(1, 4)],
        reason_key=f"r{chance.randrange(3)}",
        touchpoint_key=f"t{chance.randrange(3)}",
        sla_met=chance.choice([True, False, None]),
    )


async def _any_matter(
    session: Session, chance: random.Random, status: InteractionStatus
) -> Interaction | None:
    found = await session.find(Interaction, status=status)
    return chance.choice(found) if found else None


async def _move(session: Session, chance: random.Random) -> None:
    matter = await _any_matter(session, chance, InteractionStatus.RESOLVED)
    if matter:
        refs = Refs(reason=Named(key=f"r{chance.randrange(3)}"))
        await interactions.correct(session, matter.id, Correction(refs=refs))


async def _reopen(session: Session, chance: random.Random) -> None:
    matter = await _any_matter(session, chance, InteractionStatus.RESOLVED)
    if matter:
        await interactions.transition(session, matter.id, InteractionStatus.OPEN, reason="Came back.")
        if chance.random() < 0.5:
            await interactions.transition(session, matter.id, InteractionStatus.RESOLVED)


async def _code(session: Session, chance: random.Random) -> None:
    answer = chance.choice(await session.find(Feedback))
    keys = frozenset(f"r{n}" for n in range(3) if chance.random() < 0.5)
    await code(session, answer.id, Coding({}, keys))
    await session.change(answer, weight=round(chance.uniform(0.2, 3), 4))


async def _delete(session: Session, chance: random.Random) -> None:
    answer = chance.choice(await session.find(Feedback, kind=FeedbackKind.CSAT))
    await session.about_to_change(Feedback, [answer.id])
    await session.run(DELETION, id=answer.id)


async def _answer_again(session: Session, chance: random.Random) -> None:
    matter = await _any_matter(session, chance, InteractionStatus.NEW)
    if matter:
        message = interactions.Message(
            "Hello.", Party.AGENT, occurred_at=matter.opened_at + timedelta(hours=1)
        )
        await interactions.add_message(session, matter.id, message)
