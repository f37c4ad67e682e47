"""For how long does the log of deliveries tell? Of what is over for a month, of what waits without end."""

from service.webhooks import deliveries
from tests.ground import Answering
from tests.webhooks.conftest import Post, Register, name_customer
from tests.webhooks.receiver import Way, listening

AGING = """UPDATE webhook_delivery SET created_at = created_at - interval '31 days',
    updated_at = updated_at - interval '31 days' WHERE tenant_id = $1 AND id <> ALL ($2)"""
ATTEMPTS = "SELECT delivery_id FROM webhook_attempt WHERE tenant_id = $1"
KNOWN = "SELECT id, status FROM webhook_delivery WHERE tenant_id = $1 ORDER BY id"


async def test_what_was_over_long_ago_leaves_the_log_and_what_waits_stays(
    ask: Answering, post: Post, register: Register
) -> None:
    tenant = post.actor.tenant_id
    ways = iter((Way.TAKE, Way.BUSY, Way.TAKE))
    async with listening(lambda: next(ways)) as receiver:
        await register(receiver.url)
        for name in ("Over", "Waiting", "New"):
            await name_customer(ask, name, name)
            await post.accept()
            await post.send()
    over, waiting, new = await post.database.within(tenant, KNOWN, tenant)
    await post.database.within(tenant, AGING, tenant, [new["id"]])

    async with post.database.work(post.actor.as_system()) as session:
        forgotten = [await deliveries.forget(session) for _ in range(2)]

    attempts = await post.database.within(tenant, ATTEMPTS, tenant)
    assert [row["status"] for row in (over, waiting, new)] == ["DELIVERED", "PENDING", "DELIVERED"]
    assert forgotten == [1, 0]
    assert await post.database.within(tenant, KNOWN, tenant) == [waiting, new]
    assert {row["delivery_id"] for row in attempts} == {waiting["id"], new["id"]}
