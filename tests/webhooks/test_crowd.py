"""Does everything arrive where three attempts of ten fail: in order, signed, and all 10,000 of them?"""

import os
from collections import defaultdict

from standardwebhooks import Webhook

from infra.webhooks.worker import Pace
from service.customers.tables import Customer
from service.ground.events import Event
from service.ground.keys import uuid7
from tests.webhooks.conftest import Post, Register
from tests.webhooks.receiver import failing, listening

DELIVERIES = int(os.environ.get("CXGRAPH_DELIVERIES", "300"))
OF_EACH = 5
"""Events of one subject."""
SHARE = 0.3


async def happen(post: Post) -> None:
    """Let as many events happen, those of one subject apart from each other."""
    subjects = [uuid7() for _ in range(DELIVERIES // OF_EACH)]
    async with post.database.work(post.actor) as session:
        for number, id_ in enumerate(subjects):
            session.enter(Customer, id=id_, display_name=f"Customer {number}", attributes={})
        for _ in range(OF_EACH):
            session.record([Event("customer.updated", id_, {}) for id_ in subjects])


async def test_all_are_delivered_in_order_to_a_receiver_that_fails_in_every_way(
    post: Post, register: Register
) -> None:
    async with listening(failing(SHARE, seed=7)) as receiver:
        _, secret = await register(receiver.url)
        await happen(post)
        assert await post.accept() == DELIVERIES

        await post.send_all(Pace(waits=(0.02,) * 60, failures=30, rest_seconds=0.05), rounds=100_000)

        assert await post.count("DELIVERED") == DELIVERIES
        first: dict[str, str] = {}
        for message in receiver.taken:
            said = Webhook(secret).verify(message.body, message.headers)
            first.setdefault(message.headers["webhook-id"], said["subject"])
        assert len(first) == DELIVERIES
        order: dict[str, list[str]] = defaultdict(list)
        for id_, subject in first.items():
            order[subject].append(id_)
        # Ids of deliveries are made in the order of their events.
        assert all(ids == sorted(ids) and len(ids) == OF_EACH for ids in order.values())
        assert receiver.trap_hits == 0
        failed = len(receiver.heard) - len(receiver.taken)
        assert 0.1 < failed / len(receiver.heard) < 0.4
