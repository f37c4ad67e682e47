"""Is whoever watches a loop told that it came further?"""

from datetime import timedelta

from infra.database import Database
from service.ground.actor import Actor
from tests.infra.relaying import tell
from tests.infra.replicas import client, replica
from tests.infra.test_census import loop_open_since

QUERY = "subscription($id: ID) { loopProgressed(id: $id) { id status } }"


async def test_who_watches_one_loop_is_told_of_that_one_and_who_watches_all_of_each(
    database_url: str, database: Database, actor: Actor
) -> None:
    mine, other = [await loop_open_since(database, actor, timedelta(hours=1)) for _ in range(2)]
    async with replica(database_url) as service, client(service.address, actor.tenant_key) as listening:
        await listening.init()
        await listening.subscribe("one", QUERY, id=f"lop_{mine}")
        await listening.subscribe("all", QUERY)
        await listening.settled()
        for loop in (other, mine):
            await tell(database, actor, "feedback_loop.updated", subject=loop)
        heard = [await listening.hear() for _ in range(3)]

    told = {(one["id"], one["payload"]["data"]["loopProgressed"]["id"]) for one in heard}
    assert told == {("one", f"lop_{mine}"), ("all", f"lop_{other}"), ("all", f"lop_{mine}")}
