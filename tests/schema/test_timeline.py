"""Is a customer's whole story on one line of time, page by page, without gap or repetition?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from infra.database import Database
from service.customers.tables import Customer
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.tables import TenantRow
from service.initiatives.tables import Initiative
from service.interactions.tables import Interaction
from service.journeys.tables import Journey, JourneyInstance, JourneyStage, StageKind
from service.loops.tables import FollowUp, Recovery, RecoveryOrigin
from service.touchpoints.tables import Channel, TouchpointEvent
from tests.ground import Answering

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PREFIXES = {
    "TOUCHPOINT_EVENT": "tpe",
    "INTERACTION": "int",
    "FEEDBACK": "fbk",
    "JOURNEY_INSTANCE": "jin",
    "RECOVERY": "rec",
    "FOLLOW_UP": "fup",
}
ENTRY = """
    __typename
    ... on TouchpointEvent{id at:occurredAt}
    ... on Interaction{id at:openedAt}
    ... on Feedback{id at:submittedAt}
    ... on JourneyInstance{id at:startedAt}
    ... on Recovery{id at:openedAt}
    ... on FollowUp{id at:owedAt}
"""
QUERY = f"""
query($id:ID!,$first:Int,$after:String,$last:Int,$before:String,$filter:TimelineFilter,$by:TimelineOrder){{
  customer(ref:{{id:$id}}){{
    timeline(first:$first,after:$after,last:$last,before:$before,filter:$filter,orderBy:$by){{
      totalCount pageInfo{{hasNextPage hasPreviousPage startCursor endCursor}} edges{{cursor node{{{ENTRY}}}}}
    }}
  }}
}}
"""
OLDEST_FIRST = {"direction": "ASC"}


@dataclass(frozen=True, slots=True)
class Line:
    """A customer and the entries of the timeline, the earliest first: kind, moment, public id."""

    customer: str
    entries: Sequence[tuple[str, datetime, str]]

    @property
    def ids(self) -> list[str]:
        """The ids, the earliest entry first."""
        return [id_ for _, _, id_ in self.entries]


@pytest.fixture
async def line(database: Database, actor: Actor) -> Line:
    """One of each kind at each of three moments, so that every moment is a tie of six."""
    async with database.work(actor) as session:
        owner, stranger = (session.add(Customer(display_name=name)).id for name in ("Ada", "Bob"))
        made = list(_fill(session, owner))
        list(_fill(session, stranger))
    ordered = sorted(made, key=lambda entry: entry[1:])
    return Line(f"cus_{owner}", [(kind, at, f"{PREFIXES[kind]}_{id_}") for kind, at, id_ in ordered])


def _fill(session: Session, customer_id: UUID) -> Iterator[tuple[str, datetime, UUID]]:
    journey = session.add(Journey(key=f"way-{uuid7()}", edition=1, name="Way"))
    stage = session.add(
        JourneyStage(journey_id=journey.id, key="in", name="In", kind=StageKind.USE, position=1)
    )
    for day, kind in product(range(3), PREFIXES):
        at = NOON + timedelta(days=day)
        row = _row(session, kind, customer_id, at, (journey.id, stage.id))
        yield kind, at, row.id


def _row(session: Session, kind: str, customer_id: UUID, at: datetime, way: tuple[UUID, UUID]) -> TenantRow:
    model, values = KINDS[kind](at, way)
    if model is FollowUp:
        change = session.add(Initiative(name="Change", owner="owner"))
        values |= {"recorded_customer_id": customer_id, "initiative_id": change.id}
    return session.add(model(**values | {"customer_id": customer_id}))


def _named() -> dict[str, Any]:
    return {"source": "test", "key": str(uuid7())}


KINDS: Mapping[str, Callable[[datetime, tuple[UUID, UUID]], tuple[type[TenantRow], dict[str, Any]]]] = {
    "TOUCHPOINT_EVENT": lambda at, _: (
        TouchpointEvent,
        {**_named(), "type": "seen", "channel": Channel.WEB, "occurred_at": at, "recorded_at": at},
    ),
    "INTERACTION": lambda at, _: (
        Interaction,
        {**_named(), "channel": Channel.EMAIL, "opened_at": at, "last_event_at": at},
    ),
    "FEEDBACK": lambda at, _: (
        Feedback,
        {
            **_named(),
            "source_kind": FeedbackSource.REVIEW,
            "kind": FeedbackKind.VERBATIM,
            "verbatim": "Hm.",
            "submitted_at": at,
            "recorded_at": at,
            "recorded_by": "test",
        },
    ),
    "JOURNEY_INSTANCE": lambda at, way: (
        JourneyInstance,
        {"journey_id": way[0], "current_stage_id": way[1], "started_at": at},
    ),
    "RECOVERY": lambda at, _: (
        Recovery,
        {"origin": RecoveryOrigin.AGENT, "severity": 3, "opened_at": at},
    ),
    "FOLLOW_UP": lambda at, _: (FollowUp, {"owed_at": at}),
}


async def page(ask: Answering, line: Line, **variables: object) -> Mapping[str, Any]:
    answer = await ask(QUERY, id=line.customer, **variables)
    found: Mapping[str, Any] = answer["customer"]["timeline"]
    return found


def ids(found: Mapping[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in found["edges"]]


async def test_everything_stands_in_the_order_of_its_own_time(ask: Answering, line: Line) -> None:
    latest = await page(ask, line)
    earliest = await page(ask, line, by=OLDEST_FIRST)

    assert ids(latest) == line.ids[::-1]
    assert ids(earliest) == line.ids
    assert latest["totalCount"] == 18
    times = [datetime.fromisoformat(edge["node"]["at"]) for edge in earliest["edges"]]
    assert times == [at for _, at, _ in line.entries]


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 17, 18, 100])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_forwards_meet_every_entry_once(
    ask: Answering, line: Line, size: int, direction: str
) -> None:
    seen: list[str] = []
    after = None
    while True:
        found = await page(ask, line, first=size, after=after, by={"direction": direction})
        assert found["pageInfo"]["hasPreviousPage"] is bool(seen)
        seen += ids(found)
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break

    assert seen == (line.ids if direction == "ASC" else line.ids[::-1])


@pytest.mark.parametrize("size", [1, 4, 6, 7, 18])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_backwards_meet_every_entry_once(
    ask: Answering, line: Line, size: int, direction: str
) -> None:
    seen: list[str] = []
    before = None
    while True:
        found = await page(ask, line, last=size, before=before, by={"direction": direction})
        assert found["pageInfo"]["hasNextPage"] is bool(seen)
        seen = ids(found) + seen
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break

    assert seen == (line.ids if direction == "ASC" else line.ids[::-1])


async def test_two_cursors_bound_a_page_from_both_sides(ask: Answering, line: Line) -> None:
    whole = await page(ask, line, by=OLDEST_FIRST)
    after, before = whole["edges"][3]["cursor"], whole["edges"][11]["cursor"]

    between = await page(ask, line, by=OLDEST_FIRST, after=after, before=before)
    last = await page(ask, line, by=OLDEST_FIRST, after=after, before=before, last=2)

    assert ids(between) == line.ids[4:11]
    assert ids(last) == line.ids[9:11]


@pytest.mark.parametrize("kind", PREFIXES)
async def test_a_filter_of_types_leaves_the_others_out(ask: Answering, line: Line, kind: str) -> None:
    found = await page(ask, line, filter={"types": [kind]})

    assert ids(found) == [id_ for wanted, _, id_ in line.entries[::-1] if wanted == kind]
    assert found["totalCount"] == 3


async def test_several_types_mix(ask: Answering, line: Line) -> None:
    kinds = ["FEEDBACK", "RECOVERY"]
    found = await page(ask, line, filter={"types": kinds}, by=OLDEST_FIRST, first=4)

    assert ids(found) == [id_ for kind, _, id_ in line.entries if kind in kinds][:4]
    assert found["totalCount"] == 6
    assert found["pageInfo"]["hasNextPage"] is True


async def test_no_type_at_all_is_an_empty_timeline(ask: Answering, line: Line) -> None:
    found = await page(ask, line, filter={"types": []})

    assert (ids(found), found["totalCount"], found["pageInfo"]["endCursor"]) == ([], 0, None)


async def test_a_span_of_time_is_half_open(ask: Answering, line: Line) -> None:
    span = {"gte": NOON.isoformat(), "lt": (NOON + timedelta(days=2)).isoformat()}
    found = await page(ask, line, filter={"occurredAt": span}, by=OLDEST_FIRST)

    assert ids(found) == line.ids[:12]
    assert found["totalCount"] == 12


async def test_a_page_beyond_the_end_tells_what_precedes(ask: Answering, line: Line) -> None:
    whole = await page(ask, line, by=OLDEST_FIRST)
    found = await page(ask, line, by=OLDEST_FIRST, after=whole["edges"][-1]["cursor"])

    info = found["pageInfo"]
    assert ids(found) == []
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)


async def test_a_cursor_of_another_direction_is_refused(
    answer: Answering, ask: Answering, line: Line
) -> None:
    whole = await page(ask, line, by=OLDEST_FIRST)
    found = await answer(QUERY, id=line.customer, after=whole["edges"][0]["cursor"])

    assert "data" not in found
    assert found["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_types_and_edges_of_entries_are_their_own(ask: Answering, line: Line) -> None:
    nested = """
    query($id:ID!){customer(ref:{id:$id}){timeline(first:6){nodes{
      __typename
      ... on Feedback{verbatim saidBy:customer{id}}
      ... on Recovery{severity customer{id timeline(first:1){totalCount}}}
      ... on FollowUp{initiative{name}}
      ... on Node{id}
    }}}}
    """
    found = await ask(nested, id=line.customer)

    nodes = {node["__typename"]: node for node in found["customer"]["timeline"]["nodes"]}
    assert nodes["Feedback"]["verbatim"] == "Hm."
    assert nodes["Feedback"]["saidBy"]["id"] == line.customer
    assert nodes["Recovery"]["customer"]["timeline"]["totalCount"] == 18
    assert nodes["FollowUp"]["initiative"]["name"] == "Change"
    assert sorted(node["id"] for node in nodes.values()) == sorted(line.ids[12:])


async def test_only_the_count_is_read_where_only_the_count_is_asked(ask: Answering, line: Line) -> None:
    found = await ask(
        "query($id:ID!){customer(ref:{id:$id}){timeline{__typename totalCount}}}", id=line.customer
    )

    assert found["customer"]["timeline"] == {"__typename": "TimelineEntryConnection", "totalCount": 18}


async def test_many_customers_have_their_own_timelines(ask: Answering, line: Line) -> None:
    found = await ask("{customers{nodes{id timeline(first:2){totalCount nodes{... on Node{id}}}}}}")

    nodes = found["customers"]["nodes"]
    assert [node["timeline"]["totalCount"] for node in nodes] == [18, 18]
    [own] = [node for node in nodes if node["id"] == line.customer]
    assert [entry["id"] for entry in own["timeline"]["nodes"]] == line.ids[:-3:-1]
