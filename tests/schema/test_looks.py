"""Do clients see which look an effect is at, how sure it has to be, and when the next one is due?"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.test_initiatives import done
from tests.schema.test_proof import DRAFT, LOCK, plan, proposed, shipped
from tests.service.contacts import BEFORE, lay, midnight, reason, steady, weekly

WEEKS = 10
COMPUTE = """mutation($input: EvaluationComputeInput!) { evaluationCompute(input: $input) {
  userErrors { code message }
  evaluation { look confidence verdict reasonCode nextEvaluationAt looksEnded
    initiative { nextEvaluationAt } } } }"""
WAITING = """query($before: DateTime!, $after: DateTime!) {
  soon: initiatives(filter: {nextEvaluationAt: {lt: $before}}) { nodes { id } }
  later: initiatives(filter: {nextEvaluationAt: {gte: $after}}) { nodes { id } } }"""


def a_monday_of_late() -> date:
    """The day on which the first look ended, so that the second one lies ahead."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday(), weeks=1)


async def test_an_inconclusive_effect_shows_when_it_is_looked_at_again(
    ask: Answering, database: Database, actor: Actor
) -> None:
    end = a_monday_of_late()
    change, again = end - timedelta(weeks=WEEKS), end + timedelta(weeks=WEEKS)
    first = change - timedelta(weeks=BEFORE)
    async with database.work(actor) as session:
        treated, other = reason(session, "queues"), reason(session, "parking")
        lay(session, treated, weekly(steady(40, 18, BEFORE + WEEKS), first))
        lay(session, other, weekly(steady(60, 2, BEFORE + WEEKS), first))
    id_ = await proposed(ask)
    times = {"baselineStart": first, "baselineEnd": change, "startsAt": change, "evaluationEnd": end}
    given: dict[str, Any] = {name: midnight(day).isoformat() for name, day in times.items()}
    alone: dict[str, object] = {
        "comparisonKind": "NONE",
        "comparison": None,
        "compared": None,
        "secondaryMetrics": [],
    }
    await done(ask, DRAFT, **plan(id_, (f"rsn_{treated}", f"rsn_{other}"), **given, **alone))
    await done(ask, LOCK, initiativeId=id_)
    await shipped(ask, id_, change)

    found = (await done(ask, COMPUTE, initiativeId=id_))["evaluation"]
    next_at = found["nextEvaluationAt"]
    listed = await ask(WAITING, before=next_at, after=next_at)

    assert datetime.fromisoformat(next_at) == midnight(again)
    assert found == {
        "look": 1,
        "confidence": 0.95,
        "verdict": "INCONCLUSIVE",
        "reasonCode": "WIDE_INTERVAL",
        "nextEvaluationAt": next_at,
        "looksEnded": None,
        "initiative": {"nextEvaluationAt": next_at},
    }
    assert listed == {"soon": {"nodes": []}, "later": {"nodes": [{"id": id_}]}}
