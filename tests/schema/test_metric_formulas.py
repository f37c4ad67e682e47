"""Does SQL compute what the pure formulas say? On random stays, contacts, losses, ways and invitations."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.interactions.tables import Interaction
from service.metrics import churn, first_contact, health, journeys, loops, quantiles
from service.metrics.definitions import Measured
from service.metrics.survival import Stay
from tests.ground import Answering, add_tenant
from tests.schema.metric_world import NOW, PUTTING, STAGES, START, World


@pytest.fixture(scope="module")
async def world() -> World:
    return World()


@pytest.fixture(scope="module")
async def actor(database: Database, world: World) -> Actor:
    key = f"formulas-{uuid7()}"
    someone = Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)
    chance = random.Random(3)  # noqa: S311 - only has to be the same each time
    for put in PUTTING:
        async with database.work(someone) as session:
            await put(session, world, chance)
    return someone


@pytest.fixture(scope="module")
def asked(graph: Graph, actor: Actor) -> Answering:
    async def data(source: str, **variables: object) -> dict[str, Any]:
        response = await graph.answer(Request(source, variables=variables), actor)
        told = orjson.loads(response.body)
        assert "errors" not in told, told["errors"]
        found: dict[str, Any] = told["data"]
        return found

    return data


ROOT = "query($q: MetricInput!) { metric(input: $q) { value sampleSize flags interval { low high } } }"
STAGE = """query($q: MetricInput!) { journey(key: "trip") { metric(input: $q) { value sampleSize }
  stages { metric(input: $q) { value sampleSize flags } } } }"""
HEALTH = """{ feedback(first: 20) { nodes { customer { ...Standing } } }
  customers(first: 20) { nodes { ...Standing } } }
fragment Standing on Customer { health { score contributions { name weight score } } }"""
DROPPED = """query($q: MetricInput!) { journey(key: "trip") {
  stages { metric(input: $q) { value sampleSize } } } }"""


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
async def test_time_in_stage_is_the_kaplan_meier_estimate(asked: Answering, world: World, q: float) -> None:
    found = await asked(STAGE, q={"metric": "TIME_IN_STAGE", "quantile": q})

    for stage, told in zip(world.stages, found["journey"]["stages"], strict=True):
        stays = [_stay(v.entered_at, v.exited_at) for v in world.visits if v.stage_id == stage]
        same(told["metric"], journeys.time_in_stage(stays, q))


async def test_time_to_acknowledge_is_the_kaplan_meier_estimate(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "TIME_TO_ACKNOWLEDGE"})

    stays = [_stay(each.opened_at, each.acknowledged_at) for each in world.recoveries]
    same(found["metric"], loops.time_to_acknowledge(stays))


async def test_what_was_solved_at_once_is_judged_as_the_rule_says(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "FCR"})

    judged = [
        first_contact.is_solved_at_once(each.resolved_at, _next_trouble(each, world), datetime.now(UTC))
        for each in world.contacts
        if each.resolved_at is not None and each.resolved_at + first_contact.WINDOW <= NOW
    ]
    same(found["metric"], first_contact.first_contact_resolution(judged))


async def test_repeats_follow_a_contact_for_the_same_reason(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "REPEAT_CONTACT"})

    repeats = [first_contact.is_repeat(_previous(each, world), each.opened_at) for each in world.contacts]
    same(found["metric"], first_contact.rate(sum(repeats), len(repeats)))


async def test_churn_counts_who_was_there_and_left(asked: Answering, world: World) -> None:
    starts, ends = START + timedelta(days=30), START + timedelta(days=120)
    everybody = [(_since(id_, since, world), left) for id_, since, left in world.customers]
    period = {"from": starts.isoformat(), "to": ends.isoformat()}

    churned = (await asked(ROOT, q={"metric": "CHURN", **period}))["metric"]
    stayed = (await asked(ROOT, q={"metric": "RETENTION", **period}))["metric"]
    rate = (await asked(ROOT, q={"metric": "CHURN_RATE", **period}))["metric"]

    there = [left for since, left in everybody if since < starts and (left is None or left >= starts)]
    lost = sum(left is not None and left < ends for left in there)
    same(churned, churn.churn(lost, len(there)))
    same(stayed, churn.retention(lost, len(there)))
    days = sum(
        max(0.0, (min(left or ends, ends) - max(since, starts)).total_seconds()) / 86400
        for since, left in everybody
        if (left or ends) > max(since, starts)
    )
    gone = sum(left is not None and starts <= left < ends for _, left in everybody)
    same(rate, churn.churn_rate(gone, days))


async def test_conversion_and_drop_off_follow_each_customer_in_order(asked: Answering, world: World) -> None:
    reached = [journeys.stages_reached(steps) for steps in world.ways.values()]
    counts = journeys.funnel(reached, STAGES)

    found = (await asked(STAGE, q={"metric": "CONVERSION"}))["journey"]
    dropped = (await asked(DROPPED, q={"metric": "DROP_OFF"}))["journey"]["stages"]

    same(found["metric"], journeys.conversion(counts[-1], counts[0]))
    for count, told in zip(counts, found["stages"], strict=True):
        same(told["metric"], journeys.conversion(count, counts[0]))
    for (here, next_), told in zip(pairwise(counts), dropped, strict=False):
        same(told["metric"], journeys.drop_off(here, next_))
    assert dropped[-1]["metric"] == {"value": None, "sampleSize": 0}


async def test_a_journeys_funnel_counts_each_customer_once(asked: Answering, world: World) -> None:
    reached = [journeys.stages_reached(steps) for steps in world.ways.values()]

    found = await asked('{ journey(key: "trip") { funnel { key position reached share } } }')

    counts = journeys.funnel(reached, STAGES)
    assert found["journey"]["funnel"] == [
        {"key": f"s{place}", "position": place + 1, "reached": n, "share": pytest.approx(n / counts[0])}
        for place, n in enumerate(counts)
    ]


async def test_health_is_the_weighted_mean_of_what_is_known(asked: Answering) -> None:
    found = await asked(HEALTH)

    answering = [node["customer"] for node in found["feedback"]["nodes"]]
    for told in (node["health"] for node in (*answering, *found["customers"]["nodes"])):
        parts = [health.Part(**part) for part in told["contributions"]]
        assert [part.name for part in parts] == [
            "SATISFACTION",
            "PROMISES_KEPT",
            "SOLVED_FOR_GOOD",
            "SENTIMENT",
        ]
        pure = health.health(parts).value
        assert told["score"] == (None if pure is None else pytest.approx(pure))
    assert answering[0]["health"]["score"] == 81.25
    assert found["customers"]["nodes"][0]["health"]["score"] is None


async def test_business_time_counts_only_open_hours(asked: Answering, world: World) -> None:
    for q in (0.2, 0.5, 0.9):
        found = await asked(ROOT, q={"metric": "FRT_HUMAN_BUSINESS", "quantile": q})

        bins: dict[int, int] = {}
        for wait in world.waits:
            bins[quantiles.bin_of(wait)] = bins.get(quantiles.bin_of(wait), 0) + 1
        same(found["metric"], quantiles.quantile(bins, q))


async def test_the_response_rate_counts_invitations_that_were_answered(
    asked: Answering, world: World
) -> None:
    found = await asked(ROOT, q={"metric": "RESPONSE_RATE"})

    assert found["metric"]["sampleSize"] == len(world.answered)
    assert found["metric"]["value"] == sum(world.answered) / len(world.answered)


def same(told: dict[str, Any], pure: Measured) -> None:
    assert told["sampleSize"] == pure.n
    assert told["value"] == (None if pure.value is None else pytest.approx(pure.value, rel=1e-6))
    if pure.interval is not None and "interval" in told:
        assert told["interval"]["low"] == pytest.approx(pure.interval.low, rel=1e-6)
        assert told["interval"]["high"] == pytest.approx(pure.interval.high, rel=1e-6)


def _stay(begins: datetime, ends: datetime | None) -> Stay:
    return Stay(((ends or datetime.now(UTC)) - begins).total_seconds(), ends is not None)


def _next_trouble(contact: Interaction, world: World) -> datetime | None:
    if contact.reopen_count:
        return contact.resolved_at
    later = [each.opened_at for each in _same(contact, world) if each.opened_at > contact.opened_at]
    return min(later, default=None)


def _previous(contact: Interaction, world: World) -> datetime | None:
    return max((e.opened_at for e in _same(contact, world) if e.opened_at <= contact.opened_at), default=None)


def _same(contact: Interaction, world: World) -> list[Interaction]:
    key = (contact.customer_id, contact.contact_reason_id)
    return [e for e in world.contacts if e.id != contact.id and (e.customer_id, e.contact_reason_id) == key]


def _since(customer: UUID, recorded_at: datetime, world: World) -> datetime:
    contacts = [each.opened_at for each in world.contacts if each.customer_id == customer]
    answers = [each.submitted_at for each in world.answers if each.customer_id == customer]
    return min([recorded_at, *contacts, *answers])
