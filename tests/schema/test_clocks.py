"""Can a client say what is promised, and see which clock of a matter runs, and why?"""

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.database import Database
from service import interactions
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.problems import ErrorCode
from service.interactions import clocks
from service.interactions.clocks.tables import Clock, ClockTarget
from service.interactions.tables import Interaction, InteractionStatus, Party, Priority
from service.touchpoints.tables import Channel
from tests.ground import Answering

CALENDAR = """mutation ($hours: WorkingHoursInput!) {
  businessCalendarCreate(input: {key: "office", name: "Office", hours: $hours}) {
    businessCalendar { key hours { edition timeZone periods { weekday opens closes } holidays { day name } } }
    userErrors { code field message }
  }
}"""
POLICY = """mutation ($key: String! $wording: SlaWordingInput! $position: Int) {
  slaPolicyCreate(input: {key: $key, name: $key, position: $position, wording: $wording}) {
    slaPolicy {
      key position
      wording {
        edition conditions { criterion value } calendar { key }
        targets { target seconds imminentSeconds pausesOnCustomer pausesOnHold }
      }
    }
    userErrors { code field message }
  }
}"""
LOG = """mutation ($input: InteractionLogInput!) {
  interactionLog(input: $input) {
    interaction { id clocks { target number state why running paused policy { policy { key } } } }
    userErrors { code field message }
  }
}"""
OFFICE: dict[str, Any] = {
    "timeZone": "Europe/Berlin",
    "periods": [
        {"weekday": "TUESDAY", "opens": "09:00", "closes": "12:00"},
        {"weekday": "MONDAY", "opens": "13:00", "closes": "17:00"},
        {"weekday": "MONDAY", "opens": "09:00", "closes": "12:00"},
    ],
    "holidays": [{"day": "2026-12-25", "name": "Christmas"}],
}
ANSWER = {"targets": [{"target": "FIRST_RESPONSE", "seconds": 3600}]}


async def test_a_calendar_shows_the_hours_that_were_set(ask: Answering) -> None:
    made = (await ask(CALENDAR, hours=OFFICE))["businessCalendarCreate"]
    assert made["userErrors"] == []
    assert made["businessCalendar"] == {
        "key": "office",
        "hours": {
            "edition": 1,
            "timeZone": "Europe/Berlin",
            "periods": [
                {"weekday": "MONDAY", "opens": "09:00", "closes": "12:00"},
                {"weekday": "MONDAY", "opens": "13:00", "closes": "17:00"},
                {"weekday": "TUESDAY", "opens": "09:00", "closes": "12:00"},
            ],
            "holidays": [{"day": "2026-12-25", "name": "Christmas"}],
        },
    }


async def test_odd_hours_are_refused_where_they_are_odd_and_nothing_is_kept(ask: Answering) -> None:
    odd: list[tuple[dict[str, Any], list[str]]] = [
        ({"timeZone": "Mars/Olympus"}, ["hours", "timeZone"]),
        ({"periods": [{"weekday": "MONDAY", "opens": "9:00", "closes": "12:00"}]}, ["hours", "periods", "0"]),
        (
            {"periods": [{"weekday": "MONDAY", "opens": "22:00", "closes": "06:00"}]},
            ["hours", "periods", "0"],
        ),
        ({"periods": [OFFICE["periods"][0]] * 2}, ["hours", "periods"]),
        ({"holidays": [{"day": "2026-02-30"}]}, ["hours", "holidays", "0", "day"]),
        ({"holidays": [{"day": "2026-12-25"}] * 2}, ["hours", "holidays"]),
    ]
    for change, place in odd:
        refused = (await ask(CALENDAR, hours={**OFFICE, **change}))["businessCalendarCreate"]
        assert refused["businessCalendar"] is None
        assert [error["field"] for error in refused["userErrors"]] == [place]
    assert (await ask("{ businessCalendars { totalCount } }"))["businessCalendars"]["totalCount"] == 0


async def test_a_policy_shows_what_it_promises_with_what_is_usual_filled_in(ask: Answering) -> None:
    await ask(CALENDAR, hours=OFFICE)
    wording = {
        "conditions": {"priority": ["URGENT", "HIGH"], "accountTier": ["gold"]},
        "targets": [
            {"target": "FULL_RESOLUTION", "seconds": 36000},
            {"target": "FIRST_RESPONSE", "seconds": 3600, "imminentSeconds": 60},
        ],
        "calendarKey": "office",
    }
    made = (await ask(POLICY, key="gold", wording=wording))["slaPolicyCreate"]
    assert made["userErrors"] == []
    first = {"target": "FIRST_RESPONSE", "seconds": 3600, "imminentSeconds": 60}
    full = {"target": "FULL_RESOLUTION", "seconds": 36000, "imminentSeconds": 7200}
    assert made["slaPolicy"] == {
        "key": "gold",
        "position": 1,
        "wording": {
            "edition": 1,
            "conditions": [
                {"criterion": "ACCOUNT_TIER", "value": "gold"},
                {"criterion": "PRIORITY", "value": "HIGH"},
                {"criterion": "PRIORITY", "value": "URGENT"},
            ],
            "calendar": {"key": "office"},
            "targets": [
                {**first, "pausesOnCustomer": False, "pausesOnHold": False},
                {**full, "pausesOnCustomer": True, "pausesOnHold": False},
            ],
        },
    }


async def test_odd_policies_are_refused_where_they_are_odd_and_nothing_is_kept(ask: Answering) -> None:
    odd: list[tuple[dict[str, Any], str, list[str]]] = [
        ({"targets": []}, "REQUIRED", ["wording", "targets"]),
        (
            {"targets": [{"target": "UPDATE", "seconds": 0}]},
            "INVALID",
            ["wording", "targets", "0", "seconds"],
        ),
        ({"targets": ANSWER["targets"] * 2}, "INVALID", ["wording", "targets"]),
        (
            {"targets": [{"target": "UPDATE", "seconds": 5, "imminentSeconds": 6}]},
            "INVALID",
            ["wording", "targets", "0", "imminentSeconds"],
        ),
        ({**ANSWER, "calendarKey": "moon"}, "NOT_FOUND", ["wording", "calendarKey"]),
        ({**ANSWER, "conditions": {"team": ["x"]}}, "NOT_FOUND", ["wording", "conditions", "team", "0"]),
    ]
    for wording, code, place in odd:
        refused = (await ask(POLICY, key="odd", wording=wording))["slaPolicyCreate"]
        assert refused["slaPolicy"] is None
        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [(code, place)]
    assert (await ask("{ slaPolicies { totalCount } }"))["slaPolicies"]["totalCount"] == 0


async def test_a_key_is_taken_once(ask: Answering) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    again = (await ask(POLICY, key="all", wording=ANSWER))["slaPolicyCreate"]
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [(ErrorCode.TAKEN, ["key"])]


async def test_a_new_matter_comes_under_the_first_policy_it_matches(ask: Answering) -> None:
    await ask(POLICY, key="all", wording=ANSWER, position=2)
    await ask(POLICY, key="urgent", wording={**ANSWER, "conditions": {"priority": ["URGENT"]}}, position=1)
    found = []
    for priority in ("URGENT", "LOW"):
        logged = await ask(LOG, input={"channel": "CHAT", "priority": priority})
        [clock] = logged["interactionLog"]["interaction"]["clocks"]
        found.append((clock.pop("policy")["policy"]["key"], clock["target"], clock["state"], clock["why"]))
    assert found == [
        ("urgent", "FIRST_RESPONSE", "PENDING", "NOT_ANSWERED"),
        ("all", "FIRST_RESPONSE", "PENDING", "NOT_ANSWERED"),
    ]


async def test_an_answer_in_time_is_an_achievement_a_late_one_is_not(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    ids = []
    for minutes in (30, 90):
        async with database.work(actor) as session:
            opened = session.now - timedelta(hours=3)
            id_ = await interactions.log(session, interactions.Matter(Channel.CHAT, opened_at=opened))
            at = opened + timedelta(minutes=minutes)
            message = interactions.Message("Hello", Party.AGENT, occurred_at=at)
            await interactions.add_message(session, id_, message)
        ids.append(f"int_{id_}")
    query = """query ($id: ID!) { interaction(id: $id) { clocks {
        state why running usedSeconds remainingSeconds } } }"""
    shown = [(await ask(query, id=id_))["interaction"]["clocks"] for id_ in ids]
    stopped = {"why": "ANSWERED", "running": False}
    assert shown == [
        [{"state": "ACHIEVED", **stopped, "usedSeconds": 1800.0, "remainingSeconds": 1800.0}],
        [{"state": "BREACHED", **stopped, "usedSeconds": 5400.0, "remainingSeconds": -1800.0}],
    ]


async def test_matters_are_found_by_their_clocks(ask: Answering, database: Database, actor: Actor) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    names = {}
    for hours in (0, 3):
        async with database.work(actor) as session:
            opened = session.now - timedelta(hours=hours)
            matter = interactions.Matter(Channel.CHAT, subject=f"{hours} hours", opened_at=opened)
            names[hours] = await interactions.log(session, matter)
    found = await ask(
        """query ($soon: DateTime!) {
          breached: interactions(filter: {breached: true}) { nodes { subject } }
          well: interactions(filter: {breached: false}) { nodes { subject } }
          pending: interactions(filter: {clockState: [PENDING, IMMINENT]}) { nodes { subject } }
          due: interactions(filter: {dueBefore: $soon}) { nodes { subject } }
          clocks(filter: {state: [BREACHED]}) { totalCount nodes { interaction { subject } } }
          queue: clocks { nodes { interaction { subject } } }
        }""",
        soon=datetime.now(UTC).isoformat(),
    )
    late, early = [{"subject": "3 hours"}], [{"subject": "0 hours"}]
    assert found == {
        "breached": {"nodes": late},
        "well": {"nodes": early},
        "pending": {"nodes": early},
        "due": {"nodes": late},
        "clocks": {"totalCount": 1, "nodes": [{"interaction": late[0]}]},
        "queue": {"nodes": [{"interaction": late[0]}, {"interaction": early[0]}]},
    }


async def test_another_priority_brings_another_policy_and_used_time_stays(
    ask: Answering, database: Database, actor: Actor
) -> None:
    day = {"targets": [{"target": "FIRST_RESPONSE", "seconds": 86400}]}
    await ask(POLICY, key="urgent", wording={**ANSWER, "conditions": {"priority": ["URGENT"]}})
    await ask(POLICY, key="all", wording=day)
    async with database.work(actor) as session:
        opened = session.now - timedelta(hours=2)
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT, opened_at=opened))
    async with database.work(actor) as session:
        urgent = interactions.Correction({"priority": Priority.URGENT})
        await interactions.correct(session, id_, urgent)
        switched = session.now
    query = """query ($id: ID!) { interaction(id: $id) { slaMet clocks {
        state breachedAt usedSeconds targetSeconds policy { policy { key } } } } }"""
    shown = (await ask(query, id=f"int_{id_}"))["interaction"]
    assert shown["slaMet"] is False
    [clock] = shown["clocks"]
    assert clock.pop("usedSeconds") >= 7200
    assert datetime.fromisoformat(clock.pop("breachedAt")) == switched
    assert clock == {"state": "BREACHED", "targetSeconds": 3600, "policy": {"policy": {"key": "urgent"}}}


async def test_other_hours_hold_from_now_on(ask: Answering, database: Database, actor: Actor) -> None:
    every_day = [
        {"weekday": day, "opens": "00:00", "closes": "24:00"}
        for day in ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    ]
    always, never = ({"timeZone": "UTC", "periods": periods} for periods in (every_day, []))
    await ask(CALENDAR, hours=always)
    await ask(POLICY, key="all", wording={**ANSWER, "calendarKey": "office"})
    async with database.work(actor) as session:
        opened = session.now - timedelta(minutes=30)
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT, opened_at=opened))
    revise = """mutation ($hours: WorkingHoursInput!) {
      businessCalendarRevise(input: {key: "office", hours: $hours}) {
        businessCalendar { hours { edition } editions { edition } } userErrors { code } } }"""
    revised = (await ask(revise, hours=never))["businessCalendarRevise"]
    assert revised["businessCalendar"] == {
        "hours": {"edition": 2},
        "editions": [{"edition": 1}, {"edition": 2}],
    }
    query = (
        "query ($id: ID!) { interaction(id: $id) { clocks { state dueAt usedSeconds hours { edition } } } }"
    )
    [clock] = (await ask(query, id=f"int_{id_}"))["interaction"]["clocks"]
    assert 1800 <= clock.pop("usedSeconds") < 3600
    assert clock == {"state": "PENDING", "dueAt": None, "hours": {"edition": 2}}


async def test_a_revised_policy_reaches_open_matters_only_where_it_is_to(ask: Answering) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    logged = await ask(LOG, input={"channel": "CHAT"})
    id_ = logged["interactionLog"]["interaction"]["id"]
    revise = """mutation ($open: Boolean!) {
      slaPolicyRevise(input: {key: "all", appliesToOpen: $open,
                              wording: {targets: [{target: FIRST_RESPONSE, seconds: 60}]}}) {
        slaPolicy { wording { edition } } userErrors { code } } }"""
    query = "query ($id: ID!) { interaction(id: $id) { clocks { targetSeconds policy { edition } } } }"
    seen = []
    for reaches in (False, True):
        await ask(revise, open=reaches)
        [clock] = (await ask(query, id=id_))["interaction"]["clocks"]
        seen.append((clock["targetSeconds"], clock["policy"]["edition"]))
    assert seen == [(3600, 1), (60, 3)]


async def test_a_retired_policy_applies_to_nothing_new(ask: Answering) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    before = await ask(LOG, input={"channel": "CHAT"})
    retired = await ask('mutation { slaPolicyRetire(input: {key: "all"}) { slaPolicy { retiredAt } } }')
    assert retired["slaPolicyRetire"]["slaPolicy"]["retiredAt"] is not None
    after = await ask(LOG, input={"channel": "CHAT"})
    assert [len(one["interactionLog"]["interaction"]["clocks"]) for one in (before, after)] == [1, 0]
    found = await ask("{ slaPolicies(filter: {retired: true}) { nodes { key } } }")
    assert found == {"slaPolicies": {"nodes": [{"key": "all"}]}}


async def test_a_matter_shows_when_its_clock_waited(ask: Answering, database: Database, actor: Actor) -> None:
    await ask(POLICY, key="all", wording={"targets": [{"target": "FULL_RESOLUTION", "seconds": 3600}]})
    async with database.work(actor) as session:
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT))
    for status in (
        InteractionStatus.WAITING_ON_CUSTOMER,
        InteractionStatus.OPEN,
        InteractionStatus.WAITING_ON_CUSTOMER,
    ):
        async with database.work(actor) as session:
            await interactions.transition(session, id_, status)
    query = """query ($id: ID!) { interaction(id: $id) { clocks {
        state why running paused dueAt pauses { why endedAt } } } }"""
    [clock] = (await ask(query, id=f"int_{id_}"))["interaction"]["clocks"]
    first, second = clock.pop("pauses")
    assert (first["why"], second) == ("WAITING_ON_CUSTOMER", {"why": "WAITING_ON_CUSTOMER", "endedAt": None})
    assert first["endedAt"] is not None
    assert clock == {
        "state": "PENDING",
        "why": "WAITING_ON_CUSTOMER",
        "running": True,
        "paused": True,
        "dueAt": None,
    }


async def test_history_that_comes_in_silently_starts_no_clock_and_tells_nobody(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await ask(POLICY, key="all", wording=ANSWER)
    await ask('mutation { customerUpsert(input: {match: {email: "a@x.org"}}) { customer { id } } }')
    async with database.work(actor) as session:
        before = len(await session.find(OutboxEvent))
    bring = """mutation ($silent: Boolean!, $key: String!) {
      interactionImport(input: {silent: $silent, interactions: [{source: "old", key: $key, events: [],
        customer: {email: "a@x.org"}, channel: EMAIL, openedAt: "2020-01-01T09:00:00Z"}]}) {
        results { interaction { clocks { state } } } userErrors { message } } }"""
    silent = await ask(bring, silent=True, key="1")
    async with database.work(actor) as session:
        assert len(await session.find(OutboxEvent)) == before
        assert await session.find(Clock) == []
    loud = await ask(bring, silent=False, key="2")
    shown = [one["interactionImport"]["results"][0]["interaction"]["clocks"] for one in (silent, loud)]
    assert shown == [[], [{"state": "BREACHED"}]]


async def test_a_rebuilt_matter_has_the_clocks_its_ledger_adds_up_to(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        promised = [clocks.Promised(target, 3600) for target in ClockTarget]
        await clocks.policy_create(session, "all", "All", clocks.PolicyWording(promised))
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT, message="Help"))
        await interactions.add_message(session, id_, interactions.Message("Here", Party.AGENT))
        await interactions.transition(session, id_, InteractionStatus.CLOSED)
    async with database.work(actor) as session:
        stored = await session.find(Clock, interaction_id=id_)
        for clock in stored:
            await session.change(clock, used_seconds=-1.0)
    async with database.work(actor) as session:
        await interactions.rebuild(session, id_)
        rebuilt = await session.find(Clock, interaction_id=id_)
        [row] = await session.find(Interaction, id=id_)
    assert {clock.used_seconds for clock in rebuilt} == {0.0}
    assert [clock.target for clock in rebuilt if clock.achieved_at] == [ClockTarget.FIRST_RESPONSE]
    assert row.sla_met is True
