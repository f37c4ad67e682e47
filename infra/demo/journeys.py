"""How does a journey of the demo come in? Drafted, given touchpoints, published; a published one stays."""

from infra.demo.asking import Ask, accepted
from infra.demo.rows import JourneyRow

FIND = "query($key: String!) { journey(key: $key) { id status } }"
SAVE = """mutation($input: JourneySaveInput!) {
  journeySave(input: $input) { journey { id } userErrors { message field } } }"""
PLACE = """mutation($input: TouchpointPlaceInput!) {
  touchpointPlace(input: $input) { userErrors { message field } } }"""
PUBLISH = """mutation($input: JourneyPublishInput!) {
  journeyPublish(input: $input) { userErrors { message field } } }"""


async def design(ask: Ask, journey: JourneyRow) -> None:
    """Publishes a journey unless it is published; raises DemoRefused."""
    found = (await ask(FIND, key=journey["key"]))["journey"]
    if found is None or found["status"] != "PUBLISHED":
        await _publish(ask, journey)


async def _publish(ask: Ask, journey: JourneyRow) -> None:
    stages = [{n: v for n, v in stage.items() if n != "touchpointKeys"} for stage in journey["stages"]]
    saved = accepted((await ask(SAVE, input={**journey, "stages": stages}))["journeySave"], "journeySave")
    places = [
        {"stageKey": stage["key"], "touchpointKeys": stage["touchpointKeys"]} for stage in journey["stages"]
    ]
    sent = {"journeyKey": journey["key"], "stages": places}
    accepted((await ask(PLACE, input=sent))["touchpointPlace"], "touchpointPlace")
    drafted = {"journey": saved["journey"]["id"]}
    accepted((await ask(PUBLISH, input=drafted))["journeyPublish"], "journeyPublish")
