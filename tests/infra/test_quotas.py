"""Does a tenant's account of points empty, refill, and concern nobody else?"""

from uuid import uuid4

import orjson
import pytest

from infra.database import Database
from infra.quotas import MOST_BUCKETS, Quotas
from schema.execution import Graph, Request
from schema.graph import build
from schema.guard.charges import RateLimitedError
from schema.guard.limits import Limits
from schema.guard.rules import Rules
from service.ground.actor import Actor, ActorKind
from tests.ground import Make


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def actor() -> Actor:
    id_ = uuid4()
    return Actor(id_, str(id_), "someone", ActorKind.HUMAN, frozenset())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quotas(clock: Clock) -> Quotas:
    """Ten points a second, at most a hundred."""
    return Quotas(10, 100, clock)


def test_an_account_begins_full_and_empties(quotas: Quotas) -> None:
    ada = actor()
    quotas.take(ada, 60)

    assert quotas.allowance(ada).remaining == 40
    with pytest.raises(RateLimitedError) as limited:
        quotas.take(ada, 50)
    assert limited.value.retry_after == 1.0
    assert quotas.allowance(ada).remaining == 40


def test_points_come_back_with_time_up_to_the_most(quotas: Quotas, clock: Clock) -> None:
    ada = actor()
    quotas.take(ada, 100)
    clock.now += 3
    assert quotas.allowance(ada).remaining == 30
    clock.now += 1000
    assert quotas.allowance(ada).remaining == 100


def test_one_tenant_takes_nothing_from_another(quotas: Quotas) -> None:
    ada, bob = actor(), actor()
    quotas.take(ada, 100)

    quotas.take(bob, 100)


def test_what_is_dearer_than_a_full_account_passes_only_a_full_one(quotas: Quotas, clock: Clock) -> None:
    ada = actor()
    quotas.take(ada, 250)
    assert quotas.allowance(ada).remaining == 0
    with pytest.raises(RateLimitedError) as limited:
        quotas.take(ada, 250)
    assert limited.value.retry_after == 25.0
    clock.now += 25
    quotas.take(ada, 250)


def test_full_accounts_are_forgotten_when_there_are_many(quotas: Quotas, clock: Clock) -> None:
    for _ in range(MOST_BUCKETS):
        quotas.take(actor(), 1)
    clock.now += 60
    late = actor()
    quotas.take(late, 70)

    assert quotas.allowance(late).remaining == 30
    assert len(quotas._buckets) == 1


@pytest.fixture
def metered(database: Database, quotas: Quotas) -> Graph:
    """A graph where every tenant has a hundred points."""
    return Graph(build(), database, str, Rules(Limits(), charge=quotas))


async def test_the_rate_limit_can_be_asked_for(metered: Graph, make_actor: Make, quotas: Quotas) -> None:
    ada = await make_actor()
    quotas.most = 1000
    for planned in (True, False):
        before = quotas.allowance(ada).remaining
        answer = await metered.answer(Request("{ rateLimit { limit remaining cost } }"), ada)

        # The operation and the object cost a point each; planning it, once, costs 20 for each of 5 parts.
        remaining = before - 2 - (100 if planned else 0)
        shown = {"limit": 1000, "remaining": remaining, "cost": 2}
        assert orjson.loads(answer.body) == {"data": {"rateLimit": shown}}
        assert answer.points == 2


async def test_a_refused_document_costs_something(metered: Graph, make_actor: Make, quotas: Quotas) -> None:
    ada = await make_actor()

    await metered.answer(Request("{ nothing }"), ada)

    assert quotas.allowance(ada).remaining == 90


async def test_nothing_runs_on_an_empty_account(
    metered: Graph, make_actor: Make, quotas: Quotas, database: Database
) -> None:
    ada = await make_actor()
    quotas.take(ada, 100)
    write = 'mutation { customerUpsert(input: {match: {email: "a@b.c"}}) { outcome } }'

    with pytest.raises(RateLimitedError):
        await metered.answer(Request(write), ada)

    counted = "SELECT count(*) FROM customer WHERE tenant_id = $1"
    assert await database.pool.fetchval(counted, ada.tenant_id) == 0
