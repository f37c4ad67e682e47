"""Can clients design journeys in editions, and follow their customers through them?"""

from typing import Any

from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Answering

SAVE = """mutation($input: JourneySaveInput!) { journeySave(input: $input) {
  outcome userErrors { code message field }
  journey { id key edition status name brandPromise owner version publishedAt
    stages { id key name kind position targetSeconds journey { edition } } } } }"""
PUBLISH = """mutation($input: JourneyPublishInput!) { journeyPublish(input: $input) {
  userErrors { code message } journey { status edition history { source target } } } }"""
START = """mutation($input: JourneyInstanceStartInput!) { journeyInstanceStart(input: $input) {
  userErrors { code message field }
  instance { id status startedAt endedAt version currentStage { key } journey { edition }
    customer { displayName } stageVisits { stage { key } enteredAt exitedAt } } } }"""
ADVANCE = """mutation($input: JourneyInstanceAdvanceInput!) { journeyInstanceAdvance(input: $input) {
  userErrors { code message field }
  instance { version currentStage { key } stageVisits { stage { key } enteredAt exitedAt } } } }"""
END = """mutation($input: JourneyInstanceEndInput!) { journeyInstanceEnd(input: $input) {
  userErrors { code message field }
  instance { status endedAt endReason currentStage { key } stageVisits { stage { key } exitedAt }
    allowedTransitions { to } history { source target reason } } } }"""
CUSTOMER = """mutation { customerUpsert(input: {match: {email: "ada@example.org"}, displayName: "Ada"})
  { customer { id } } }"""

STAGES: list[dict[str, object]] = [
    {"key": "arrive", "name": "Arriving", "kind": "ACQUISITION", "targetSeconds": 3600},
    {"key": "clear", "name": "Passing security", "kind": "SERVICE"},
]
DEPARTURE: dict[str, object] = {
    "key": "departure",
    "name": "Flying out",
    "brandPromise": "From the road to the gate without worry.",
    "owner": "Airport director",
    "stages": STAGES,
}
ADA = {"email": "ada@example.org"}


async def saved(ask: Answering, **design: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(SAVE, input={**DEPARTURE, **design}))["journeySave"]
    assert answer["userErrors"] == []
    journey: dict[str, Any] = answer["journey"]
    return journey


async def published(ask: Answering, **design: object) -> dict[str, Any]:
    journey = await saved(ask, **design)
    assert (await ask(PUBLISH, input={"journey": journey["id"]}))["journeyPublish"]["userErrors"] == []
    return journey


async def begun(ask: Answering, **more: object) -> dict[str, Any]:
    await published(ask)
    await ask(CUSTOMER)
    given = {"customer": ADA, "journeyKey": "departure", "at": "2026-01-05T08:00:00Z", **more}
    answer = (await ask(START, input=given))["journeyInstanceStart"]
    assert answer["userErrors"] == []
    instance: dict[str, Any] = answer["instance"]
    return instance


async def events(database: Database, actor: Actor) -> list[str]:
    sql = "SELECT type FROM outbox_event WHERE tenant_id = $1 ORDER BY id"
    return [row["type"] for row in await database.pool.fetch(sql, actor.tenant_id)]


async def test_saving_a_new_key_drafts_its_first_edition(ask: Answering) -> None:
    answer = (await ask(SAVE, input=DEPARTURE))["journeySave"]

    journey = answer["journey"]
    stages = [{name: stage[name] for name in ("key", "position", "kind")} for stage in journey["stages"]]
    assert answer["outcome"] == "CREATED"
    assert (journey["edition"], journey["status"], journey["publishedAt"]) == (1, "DRAFT", None)
    assert stages == [
        {"key": "arrive", "position": 1, "kind": "ACQUISITION"},
        {"key": "clear", "position": 2, "kind": "SERVICE"},
    ]


async def test_saving_the_same_design_again_changes_nothing(ask: Answering) -> None:
    first = await saved(ask)

    answer = (await ask(SAVE, input=DEPARTURE))["journeySave"]

    assert answer["outcome"] == "UNCHANGED"
    assert answer["journey"] == first


async def test_a_stage_that_keeps_its_key_stays_the_same_stage(ask: Answering) -> None:
    before = await saved(ask)
    dwell = {"key": "dwell", "name": "Waiting", "kind": "USE"}

    after = await saved(ask, stages=[dwell, {**STAGES[1], "name": "Security"}])

    assert [stage["key"] for stage in after["stages"]] == ["dwell", "clear"]
    assert [stage["position"] for stage in after["stages"]] == [1, 2]
    assert after["stages"][1]["name"] == "Security"
    assert after["stages"][1]["id"] == before["stages"][1]["id"]
    assert after["version"] == 2


async def test_two_stages_with_one_key_are_refused_and_nothing_is_kept(ask: Answering) -> None:
    answer = (await ask(SAVE, input={**DEPARTURE, "stages": [STAGES[0], STAGES[0]]}))["journeySave"]

    assert answer["journey"] is None
    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("INVALID", ["stages", "1", "key"])]
    assert (await ask("{journeys{totalCount}}"))["journeys"]["totalCount"] == 0


async def test_a_new_journey_without_a_name_is_refused(ask: Answering) -> None:
    answer = (await ask(SAVE, input={"key": "departure"}))["journeySave"]

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("REQUIRED", ["name"])]


async def test_a_draft_based_on_an_older_version_is_refused(ask: Answering) -> None:
    await saved(ask)
    await saved(ask, owner="Head of terminals")

    answer = (await ask(SAVE, input={**DEPARTURE, "expectedVersion": 1}))["journeySave"]

    assert [e["code"] for e in answer["userErrors"]] == ["STALE_VERSION"]
    assert (await ask('{journey(key:"departure"){owner}}'))["journey"]["owner"] == "Head of terminals"


async def test_publishing_needs_a_stage_and_a_promise(ask: Answering) -> None:
    journey = await saved(ask, stages=[], brandPromise=None)

    answer = (await ask(PUBLISH, input={"journey": journey["id"]}))["journeyPublish"]

    assert answer["userErrors"] == [
        {"code": "BLOCKED", "message": "The journey has at least one stage."},
        {"code": "BLOCKED", "message": "The journey has a brand promise."},
    ]
    found = await ask('{journey(key:"departure"){status allowedTransitions{to requires blockedBecause}}}')
    conditions = ["The journey has at least one stage.", "The journey has a brand promise."]
    assert found["journey"] == {
        "status": "DRAFT",
        "allowedTransitions": [
            {"to": "PUBLISHED", "requires": conditions, "blockedBecause": conditions},
            {"to": "ARCHIVED", "requires": [], "blockedBecause": []},
        ],
    }


async def test_saving_a_published_journey_drafts_its_next_edition_like_it(ask: Answering) -> None:
    first = await published(ask)

    answer = (await ask(SAVE, input={"key": "departure", "owner": "Operations"}))["journeySave"]

    second = answer["journey"]
    assert answer["outcome"] == "CREATED"
    assert (second["edition"], second["status"], second["owner"]) == (2, "DRAFT", "Operations")
    assert second["brandPromise"] == DEPARTURE["brandPromise"]
    assert [stage["key"] for stage in second["stages"]] == ["arrive", "clear"]
    assert second["stages"][0]["id"] != first["stages"][0]["id"]


async def test_publishing_an_edition_archives_the_one_before(ask: Answering) -> None:
    await published(ask)
    second = await saved(ask)

    answer = (await ask(PUBLISH, input={"journey": second["id"]}))["journeyPublish"]

    assert answer["journey"]["status"] == "PUBLISHED"
    found = await ask("""{journeys(orderBy:{field:KEY,direction:ASC}){nodes{edition status
        history{source target reason actor}}}}""")
    assert found["journeys"]["nodes"][0] == {
        "edition": 1,
        "status": "ARCHIVED",
        "history": [
            {"source": None, "target": "DRAFT", "reason": None, "actor": "someone"},
            {"source": "DRAFT", "target": "PUBLISHED", "reason": None, "actor": "someone"},
            {
                "source": "PUBLISHED",
                "target": "ARCHIVED",
                "reason": "Edition 2 was published.",
                "actor": "someone",
            },
        ],
    }


async def test_a_published_edition_cannot_be_published_again(ask: Answering) -> None:
    journey = await published(ask)

    answer = (await ask(PUBLISH, input={"journey": journey["id"]}))["journeyPublish"]

    assert [error["code"] for error in answer["userErrors"]] == ["INVALID_TRANSITION"]


async def test_a_key_names_the_published_edition_until_another_is_asked_for(ask: Answering) -> None:
    await published(ask)
    await saved(ask)

    found = await ask("""{in_use: journey(key:"departure"){edition}
        second: journey(key:"departure",edition:2){edition}
        none: journey(key:"departure",edition:3){edition} other: journey(key:"return"){edition}}""")

    assert found == {"in_use": {"edition": 1}, "second": {"edition": 2}, "none": None, "other": None}


async def test_without_a_published_edition_a_key_names_the_newest(ask: Answering) -> None:
    journey = await published(ask)
    await ask(
        "mutation($i:JourneyArchiveInput!){journeyArchive(input:$i){userErrors{code}}}",
        i={"journey": journey["id"]},
    )
    await saved(ask)

    assert (await ask('{journey(key:"departure"){edition}}'))["journey"] == {"edition": 2}


async def test_journeys_can_be_filtered_by_status_and_key(ask: Answering) -> None:
    await published(ask)
    await saved(ask, key="return")

    found = await ask("""{drafts: journeys(filter:{status:[DRAFT]}){nodes{key}}
        keyed: journeys(filter:{key:{startsWith:"dep"}}){nodes{key}}}""")

    assert found == {"drafts": {"nodes": [{"key": "return"}]}, "keyed": {"nodes": [{"key": "departure"}]}}


async def test_an_instance_begins_at_the_first_stage(ask: Answering) -> None:
    instance = await begun(ask)

    del instance["id"]
    assert instance == {
        "status": "ACTIVE",
        "startedAt": "2026-01-05T08:00:00+00:00",
        "endedAt": None,
        "version": 1,
        "currentStage": {"key": "arrive"},
        "journey": {"edition": 1},
        "customer": {"displayName": "Ada"},
        "stageVisits": [
            {"stage": {"key": "arrive"}, "enteredAt": "2026-01-05T08:00:00+00:00", "exitedAt": None}
        ],
    }


async def test_nobody_begins_a_draft(ask: Answering) -> None:
    await saved(ask)
    await ask(CUSTOMER)

    answer = (await ask(START, input={"customer": ADA, "journeyKey": "departure"}))["journeyInstanceStart"]

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("NOT_FOUND", ["journeyKey"])]
    assert (await ask("{customers{nodes{journeyInstances{totalCount}}}}")) == {
        "customers": {"nodes": [{"journeyInstances": {"totalCount": 0}}]}
    }


async def test_advancing_leaves_one_stage_and_enters_the_next(ask: Answering) -> None:
    instance = await begun(ask)
    step = {"instance": instance["id"], "stageKey": "clear", "at": "2026-01-05T09:00:00Z"}

    answer = (await ask(ADVANCE, input=step))["journeyInstanceAdvance"]

    assert answer["instance"] == {
        "version": 2,
        "currentStage": {"key": "clear"},
        "stageVisits": [
            {
                "stage": {"key": "arrive"},
                "enteredAt": "2026-01-05T08:00:00+00:00",
                "exitedAt": "2026-01-05T09:00:00+00:00",
            },
            {"stage": {"key": "clear"}, "enteredAt": "2026-01-05T09:00:00+00:00", "exitedAt": None},
        ],
    }


async def test_a_customer_may_go_back_to_an_earlier_stage(ask: Answering) -> None:
    instance = await begun(ask, stageKey="clear")

    answer = (await ask(ADVANCE, input={"instance": instance["id"], "stageKey": "arrive"}))[
        "journeyInstanceAdvance"
    ]

    assert [visit["stage"]["key"] for visit in answer["instance"]["stageVisits"]] == ["clear", "arrive"]


async def test_a_stage_of_another_edition_cannot_be_entered(ask: Answering) -> None:
    instance = await begun(ask)
    await published(ask, stages=[{"key": "board", "name": "Boarding", "kind": "USE"}])

    answer = (await ask(ADVANCE, input={"instance": instance["id"], "stageKey": "board"}))[
        "journeyInstanceAdvance"
    ]

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("NOT_FOUND", ["stageKey"])]


async def test_a_stage_cannot_be_left_before_it_was_entered(ask: Answering) -> None:
    instance = await begun(ask)
    step = {"instance": instance["id"], "stageKey": "clear", "at": "2026-01-05T07:59:59Z"}

    answer = (await ask(ADVANCE, input=step))["journeyInstanceAdvance"]

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("INVALID", ["at"])]
    found = await ask("{customers{nodes{journeyInstances{nodes{version stageVisits{exitedAt}}}}}}")
    assert found["customers"]["nodes"][0]["journeyInstances"]["nodes"] == [
        {"version": 1, "stageVisits": [{"exitedAt": None}]}
    ]


async def test_ending_leaves_the_last_stage_and_tells_why(ask: Answering) -> None:
    instance = await begun(ask)
    given = {
        "instance": instance["id"],
        "to": "ABANDONED",
        "reason": "Missed it",
        "at": "2026-01-05T10:00:00Z",
    }

    answer = (await ask(END, input=given))["journeyInstanceEnd"]

    assert answer["instance"] == {
        "status": "ABANDONED",
        "endedAt": "2026-01-05T10:00:00+00:00",
        "endReason": "Missed it",
        "currentStage": {"key": "arrive"},
        "stageVisits": [{"stage": {"key": "arrive"}, "exitedAt": "2026-01-05T10:00:00+00:00"}],
        "allowedTransitions": [],
        "history": [
            {"source": None, "target": "ACTIVE", "reason": None},
            {"source": "ACTIVE", "target": "ABANDONED", "reason": "Missed it"},
        ],
    }


async def test_what_has_ended_neither_ends_again_nor_goes_on(ask: Answering) -> None:
    instance = await begun(ask)
    await ask(END, input={"instance": instance["id"], "to": "COMPLETED"})

    again = (await ask(END, input={"instance": instance["id"], "to": "ABANDONED"}))["journeyInstanceEnd"]
    on = (await ask(ADVANCE, input={"instance": instance["id"], "stageKey": "clear"}))[
        "journeyInstanceAdvance"
    ]

    assert [error["code"] for error in again["userErrors"]] == ["INVALID_TRANSITION"]
    assert [error["code"] for error in on["userErrors"]] == ["INVALID"]


async def test_journey_stage_and_customer_show_who_goes_through(ask: Answering) -> None:
    instance = await begun(ask)

    found = await ask("""{journey(key:"departure"){instances(filter:{status:[ACTIVE]}){nodes{id}}
        stages{instances{totalCount}}}
        customer(ref:{email:"ada@example.org"}){journeyInstances{nodes{id}}}}""")

    assert found == {
        "journey": {
            "instances": {"nodes": [{"id": instance["id"]}]},
            "stages": [{"instances": {"totalCount": 1}}, {"instances": {"totalCount": 0}}],
        },
        "customer": {"journeyInstances": {"nodes": [{"id": instance["id"]}]}},
    }


async def test_every_step_is_an_event(ask: Answering, database: Database, actor: Actor) -> None:
    instance = await begun(ask)
    await ask(ADVANCE, input={"instance": instance["id"], "stageKey": "clear"})
    await ask(END, input={"instance": instance["id"], "to": "COMPLETED"})

    assert [type_ for type_ in await events(database, actor) if type_.startswith("journey")] == [
        "journey.draft",
        "journey.drafted",
        "journey.published",
        "journey_instance.active",
        "journey_instance.advanced",
        "journey_instance.completed",
    ]
