"""How does a journey of the demo come in? Drafted, given touchpoints, published; a published one stays."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from infra.demo.rows import JourneyRow, Row

Ask = Callable[..., Awaitable[dict[str, Any]]]

FIND = "query($key: String!) { journey(key: $key) { id status } }"
SAVE = """mutation($input: JourneySaveInput!) {
  journeySave(input: $input) { journey { id } userErrors { message } } }"""
PLACE = """mutation($input: TouchpointPlaceInput!) {
  touchpointPlace(input: $input) { userErrors { message } } }"""
PUBLISH = """mutation($input: JourneyPublishInput!) {
  journeyPublish(input: $input) { userErrors { message } } }"""


async def design(ask: Ask, rows: Iterable[Row]) -> None:
    """Publishes each journey unless it is published."""
    for row in rows:
        journey = cast("JourneyRow", row)
        found = (await ask(FIND, key=journey["key"]))["journey"]
        if found is None or found["status"] != "PUBLISHED":
            await _publish(ask, journey)


async def _publish(ask: Ask, journey: JourneyRow) -> None:
    stages = [{n: v for n, v in stage.items() if n != "touchpointKeys"} for stage in journey["stages"]]
    saved = (await ask(SAVE, input={**journey, "stages": stages}))["journeySave"]
    places = [
        {"stageKey": stage["key"], "touchpointKeys": stage["touchpointKeys"]} for stage in journey["stages"]
    ]
    placed = (await ask(PLACE, input={"journeyKey": journey["key"], "stages": places}))["touchpointPlace"]
    sent = {"journey": saved["journey"]["id"]}
    published = (await ask(PUBLISH, input=sent))["journeyPublish"]
    for payload in (saved, placed, published):
        for error in payload["userErrors"]:
            raise ValueError(error["message"])
