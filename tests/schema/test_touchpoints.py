"""Can clients keep touchpoints, and place them in journeys?"""

from typing import Any

from tests.ground import Answering

UPSERT = """mutation($input: TouchpointUpsertInput!) { touchpointUpsert(input: $input) {
  outcome userErrors { code field }
  touchpoint { id key name channel medium owner momentOfTruth standard standardMeasure standardThreshold
    version } } }"""
PLACE = """mutation($input: TouchpointPlaceInput!) { touchpointPlace(input: $input) {
  userErrors { code message field } journey { edition stages { key touchpoints { key } } } } }"""
SECURITY = {
    "key": "security",
    "name": "Security screening",
    "channel": "IN_STORE",
    "medium": "PARTNER",
    "momentOfTruth": True,
    "standard": "Nobody waits longer than fifteen minutes.",
    "standardMeasure": "SECONDS",
    "standardThreshold": 900,
}
JOURNEY = {
    "key": "departure",
    "name": "Flying out",
    "brandPromise": "Without worry.",
    "stages": [
        {"key": "clear", "name": "Passing security", "kind": "SERVICE"},
        {"key": "dwell", "name": "Waiting", "kind": "USE"},
    ],
}


async def upserted(ask: Answering, **patch: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(UPSERT, input={**SECURITY, **patch}))["touchpointUpsert"]
    assert answer["userErrors"] == []
    return answer


async def drafted(ask: Answering) -> str:
    saving = "mutation($input: JourneySaveInput!) { journeySave(input: $input) { journey { id } } }"
    id_: str = (await ask(saving, input=JOURNEY))["journeySave"]["journey"]["id"]
    return id_


async def publish(ask: Answering, id_: str) -> None:
    publishing = "mutation($id: ID!) { journeyPublish(input: {journey: $id}) { userErrors { code } } }"
    assert (await ask(publishing, id=id_))["journeyPublish"]["userErrors"] == []


async def placed(ask: Answering, *stages: tuple[str, list[str]]) -> dict[str, Any]:
    given = [{"stageKey": stage, "touchpointKeys": keys} for stage, keys in stages]
    answer: dict[str, Any] = (await ask(PLACE, input={"journeyKey": "departure", "stages": given}))[
        "touchpointPlace"
    ]
    return answer


async def test_a_new_key_creates_a_touchpoint(ask: Answering) -> None:
    answer = await upserted(ask)

    touchpoint = answer["touchpoint"]
    del touchpoint["id"]
    assert answer["outcome"] == "CREATED"
    assert touchpoint == {**SECURITY, "owner": None, "version": 1}


async def test_a_known_key_changes_only_what_is_named(ask: Answering) -> None:
    await upserted(ask)

    answer = (await ask(UPSERT, input={"key": "security", "owner": "Security"}))["touchpointUpsert"]

    assert answer["outcome"] == "UPDATED"
    assert answer["touchpoint"]["owner"] == "Security"
    assert answer["touchpoint"]["name"] == "Security screening"
    assert answer["touchpoint"]["version"] == 2


async def test_the_same_touchpoint_again_is_unchanged(ask: Answering) -> None:
    await upserted(ask)

    assert (await upserted(ask))["outcome"] == "UNCHANGED"


async def test_a_new_touchpoint_needs_its_medium(ask: Answering) -> None:
    sent = {"key": "wifi", "name": "Free Wi-Fi", "channel": "WEB"}

    answer = (await ask(UPSERT, input=sent))["touchpointUpsert"]

    assert answer["userErrors"] == [{"code": "REQUIRED", "field": ["medium"]}]
    assert (await ask("{touchpoints{totalCount}}"))["touchpoints"]["totalCount"] == 0


async def test_half_a_threshold_is_refused_and_nothing_changes(ask: Answering) -> None:
    await upserted(ask)
    sent = {"key": "security", "standardMeasure": None, "owner": "Security"}

    answer = (await ask(UPSERT, input=sent))["touchpointUpsert"]

    assert answer["userErrors"] == [{"code": "INVALID", "field": ["standardThreshold"]}]
    assert (await ask('{touchpoint(key:"security"){owner version}}'))["touchpoint"] == {
        "owner": None,
        "version": 1,
    }


async def test_touchpoints_are_found_by_channel_and_weight(ask: Answering) -> None:
    await upserted(ask)
    await upserted(ask, key="wifi", channel="WEB", medium="DIGITAL", momentOfTruth=False)

    found = await ask("""{ all: touchpoints { nodes { key } }
        web: touchpoints(filter: {channel: [WEB]}) { nodes { key } }
        digital: touchpoints(filter: {medium: [DIGITAL]}) { nodes { key } }
        deciding: touchpoints(filter: {momentOfTruth: true}) { nodes { key } } }""")

    assert found == {
        "all": {"nodes": [{"key": "security"}, {"key": "wifi"}]},
        "web": {"nodes": [{"key": "wifi"}]},
        "digital": {"nodes": [{"key": "wifi"}]},
        "deciding": {"nodes": [{"key": "security"}]},
    }


async def test_touchpoints_are_placed_in_a_draft_by_their_keys(ask: Answering) -> None:
    await drafted(ask)
    for key in ("security", "shops", "wifi"):
        await upserted(ask, key=key)

    answer = await placed(ask, ("clear", ["security"]), ("dwell", ["wifi", "shops"]))

    assert answer["userErrors"] == []
    assert answer["journey"]["stages"] == [
        {"key": "clear", "touchpoints": [{"key": "security"}]},
        {"key": "dwell", "touchpoints": [{"key": "wifi"}, {"key": "shops"}]},
    ]
    found = await ask('{touchpoint(key:"wifi"){stages{nodes{key journey{key}}}}}')
    assert found["touchpoint"]["stages"]["nodes"] == [{"key": "dwell", "journey": {"key": "departure"}}]


async def test_placing_again_replaces_the_named_stage_only(ask: Answering) -> None:
    await drafted(ask)
    for key in ("security", "shops", "wifi"):
        await upserted(ask, key=key)
    await placed(ask, ("clear", ["security"]), ("dwell", ["wifi", "shops"]))

    answer = await placed(ask, ("dwell", ["shops"]))

    assert answer["journey"]["stages"] == [
        {"key": "clear", "touchpoints": [{"key": "security"}]},
        {"key": "dwell", "touchpoints": [{"key": "shops"}]},
    ]


async def test_an_unknown_touchpoint_is_refused_and_nothing_is_placed(ask: Answering) -> None:
    await drafted(ask)
    await upserted(ask)

    answer = await placed(ask, ("clear", ["security", "nowhere"]))

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [
        ("NOT_FOUND", ["stages", "0", "touchpointKeys", "1"])
    ]
    found = await ask('{touchpoint(key:"security"){stages{totalCount}}}')
    assert found["touchpoint"]["stages"]["totalCount"] == 0


async def test_the_places_of_a_published_edition_do_not_change(ask: Answering) -> None:
    journey = await drafted(ask)
    await upserted(ask)
    await placed(ask, ("clear", ["security"]))
    await publish(ask, journey)

    answer = await placed(ask, ("clear", []))

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("NOT_FOUND", ["journeyKey"])]
    found = await ask('{journey(key:"departure"){stages{touchpoints{key}}}}')
    assert found["journey"]["stages"][0] == {"touchpoints": [{"key": "security"}]}


async def test_a_next_edition_begins_with_the_places_of_the_one_before(ask: Answering) -> None:
    journey = await drafted(ask)
    await upserted(ask)
    await placed(ask, ("clear", ["security"]), ("dwell", ["security"]))
    await publish(ask, journey)
    stages = [{"key": "board", "name": "Boarding", "kind": "USE"}, JOURNEY["stages"][0]]

    saving = """mutation($input: JourneySaveInput!) { journeySave(input: $input) {
        journey { edition stages { key touchpoints { key } } } } }"""
    answer = (await ask(saving, input={"key": "departure", "stages": stages}))["journeySave"]

    assert answer["journey"] == {
        "edition": 2,
        "stages": [
            {"key": "board", "touchpoints": []},
            {"key": "clear", "touchpoints": [{"key": "security"}]},
        ],
    }
