"""What happens to a write that goes wrong in a way nobody foresaw?"""

import orjson
import strawberry
from strawberry.schema.config import StrawberryConfig

from infra.database import Database
from schema.execution import Graph, Request
from schema.ground.context import Info
from schema.ground.payloads import Payload
from schema.ground.roots import Query
from schema.ground.scalars import SCALARS
from schema.ground.writing import mutation
from service.customers.tables import Segment
from service.ground.actor import Actor
from service.ground.problems import Contended
from service.ground.scopes import Scope

SECRET = "postgresql://user:hunter2@db"


@strawberry.type
class Broken:
    """Writes that fail."""

    @mutation(Scope.CUSTOMERS_WRITE, description="Fails.")
    async def burst(self, info: Info) -> Payload:
        """Write something, then fail as only a mistake of ours can."""
        info.context.session.add(Segment(key="half", name="Half"))
        raise RuntimeError(SECRET)

    @mutation(Scope.CUSTOMERS_WRITE, description="Meets.")
    async def meet(self, info: Info, times: int) -> Payload:
        """Meet another write as often as the actor's subject says, then succeed."""
        MEETINGS.append(info.context.actor.tenant_key)
        if len(MEETINGS) <= times:
            raise Contended
        return Payload()


MEETINGS: list[str] = []


def broken(database: Database, reported: list[BaseException]) -> Graph:
    """Return a graph whose writes fail; what it reports is kept."""

    def report(error: BaseException) -> str:
        reported.append(error)
        return "trace-1"

    config = StrawberryConfig(scalar_map=SCALARS)
    return Graph(strawberry.Schema(query=Query, mutation=Broken, config=config), database, report)


async def test_an_unforeseen_error_is_masked_reported_and_keeps_nothing(
    database: Database, actor: Actor
) -> None:
    reported: list[BaseException] = []
    answer = await broken(database, reported).answer(
        Request("mutation { burst { userErrors { code } } }"), actor
    )
    assert SECRET.encode() not in answer.body
    assert [str(error) for error in reported] == [SECRET]
    assert orjson.loads(answer.body) == {
        "errors": [
            {
                "message": "Something went wrong here, not with the request.",
                "path": ["burst"],
                "extensions": {"code": "INTERNAL", "traceId": "trace-1"},
            }
        ],
        "data": None,
    }
    kept = "SELECT count(*) FROM segment WHERE tenant_id = $1"
    assert await database.pool.fetchval(kept, actor.tenant_id) == 0


async def test_a_write_that_met_another_is_tried_again(database: Database, actor: Actor) -> None:
    MEETINGS.clear()
    request = Request("mutation { meet(times: 2) { userErrors { code } } }")
    answer = await broken(database, []).answer(request, actor)
    assert orjson.loads(answer.body) == {"data": {"meet": {"userErrors": []}}}
    assert len(MEETINGS) == 3


async def test_a_write_that_always_meets_others_is_told_so(database: Database, actor: Actor) -> None:
    MEETINGS.clear()
    request = Request("mutation { meet(times: 99) { userErrors { code } } }")
    answer = await broken(database, []).answer(request, actor)
    assert orjson.loads(answer.body) == {"data": {"meet": {"userErrors": [{"code": "CONFLICT"}]}}}
    assert len(MEETINGS) == 4
