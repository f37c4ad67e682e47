"""Where does the whole story play? At a service desk over HTTP, with fifty weeks of contacts behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx

WEEKS, SURGE, CHANGE = 50, 35, 36
"""How many weeks there are; in which one contacts rose, and from which on it is changed."""
ASKED_TWICE, AFTERWARDS, RISEN = 30, 11, 90
OTHERS = {"network": 25, "printer": 25, "mailbox": 25}
TWICE = "details-asked-twice"
CONCERNED = 6
"""How many customers got in touch in the week of the rise; the story is theirs."""
CUSTOMERS = 60
INPUTS = {"measurementPlanPreview": "MeasurementPlanDraftInput"}
"""The inputs that are not named after their mutation."""
PICTURE = """{suggestions{nodes{status version}} insights{nodes{status version}}
initiatives{nodes{status version verdict untoldCount plan{version lockedAt}}}
feedbackLoops{nodes{status version}}
followUps{nodes{status version}} recoveries{nodes{status version}}}"""


def week(number: int) -> datetime:
    """Return the Monday on which a week begins; the last one ends with the present week's Monday."""
    now = datetime.now(UTC)
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    return monday - timedelta(weeks=WEEKS - number)


def text(moment: datetime) -> str:
    """Return a moment as the API reads it."""
    return moment.isoformat()


def caller(number: int) -> Mapping[str, Any]:
    """Name a customer as the help desk does."""
    return {"externalId": {"system": "servicedesk", "value": f"caller-{number}"}}


@dataclass(slots=True)
class Desk:
    """Somebody of the service desk, and everybody else whom the request names."""

    client: httpx.AsyncClient
    told: dict[str, Any] = field(default_factory=dict)

    async def ask(self, source: str, subject: str = "agent", **variables: object) -> Any:  # noqa: ANN401
        """Send one operation as somebody, and return the data of its answer."""
        reply = await self.client.post(
            "/graphql",
            json={"query": source, "variables": variables},
            headers={"x-cx-subject": subject},
        )
        answer = reply.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(self, field_: str, selection: str, subject: str = "agent", **values: object) -> Any:  # noqa: ANN401
        """Play one mutation that must succeed."""
        done = await self._play(field_, selection, subject, values)
        assert done["userErrors"] == [], (field_, done["userErrors"])
        return done

    async def is_refused(
        self, field_: str, because: Sequence[tuple[str, str]], subject: str = "agent", **values: object
    ) -> None:
        """Play one mutation that must be refused for exactly these reasons, and must change nothing."""
        before = await self.ask(PICTURE)
        done = await self._play(field_, "__typename", subject, values)
        found = [(error["code"], error["message"]) for error in done["userErrors"]]
        assert len(found) == len(because), (field_, found)
        for (code, message), (wanted, part) in zip(found, because, strict=True):
            assert code == wanted, (field_, found)
            assert part in message, (field_, found)
        assert await self.ask(PICTURE) == before, field_

    async def _play(self, field_: str, selection: str, subject: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401
        kind = INPUTS.get(field_, f"{field_[0].upper()}{field_[1:]}Input")
        source = (
            f"mutation($input:{kind}!){{done:{field_}(input:$input)"
            f"{{{selection} userErrors{{code message field}}}}}}"
        )
        return (await self.ask(source, subject, input=values))["done"]


async def furnish(desk: Desk) -> None:
    """Give the desk its reasons, its callers, its survey, and what happened in fifty weeks."""
    for key in (TWICE, *OTHERS):
        await desk.do(
            "contactReasonUpsert",
            "__typename",
            key=key,
            name=key.replace("-", " ").capitalize(),
            kind="INCIDENT",
            validFrom=text(week(0)),
        )
    people = [{"match": caller(number), "displayName": f"Caller {number}"} for number in range(CUSTOMERS)]
    await desk.do("customerBatchUpsert", "summary{created}", customers=people)
    survey: dict[str, Any] = {"kind": "CSAT", "purpose": "TRANSACTIONAL", "cooldownDays": 30, "quietDays": 7}
    await desk.do("surveyUpsert", "survey{id}", key="resolution", name="Resolution", **survey)
    rows = list(_matters())
    for start in range(0, len(rows), 1_000):
        done = await desk.do(
            "interactionImport", "summary{created rejected}", interactions=rows[start : start + 1_000]
        )
        assert done["summary"]["rejected"] == 0


def _matters() -> Iterator[Mapping[str, Any]]:
    chance = Random(11)  # noqa: S311 - chance, not secrecy
    for number in range(WEEKS):
        for key, usual in ((TWICE, ASKED_TWICE if number < CHANGE else AFTERWARDS), *OTHERS.items()):
            risen = key == TWICE and number == SURGE
            count = RISEN if risen else usual + chance.randint(-4, 4)
            for place in range(count):
                who = place % CONCERNED if risen else chance.randrange(CONCERNED, CUSTOMERS)
                at = week(number) + timedelta(days=7) * (place + 0.5) / count
                yield _matter(f"{key}-{number}-{place}", key, who, at)


def _matter(key: str, reason: str, who: int, at: datetime) -> Mapping[str, Any]:
    return {
        "source": "servicedesk",
        "key": key,
        "customer": caller(who),
        "channel": "PHONE",
        "contactReasonKey": reason,
        "openedAt": text(at),
        "events": [{"type": "OPENED", "at": text(at), "actorKind": "CUSTOMER", "status": "NEW"}],
    }
