"""Is another system told what happened: whole, signed, in order, and until it took it?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.webhooks import accept
from tests.ground import Answering
from tests.webhooks.conftest import QUICK, Post, Register, name_customer
from tests.webhooks.receiver import Message, Way, listening

SHOWN = """query($id:ID!){node(id:$id){... on WebhookEndpoint{status failures openUntil
deliveries{nodes{status attemptCount responseCode lastError eventType
attempts{responseCode error}}}}}}"""


def names(taken: list[Message]) -> list[object]:
    """Return the customers' names in the messages, in the order they were taken."""
    return [message.said["data"]["node"]["displayName"] for message in taken]  # type: ignore[index]  # as asked


async def test_an_event_is_told_with_what_the_document_asks_for(
    ask: Answering, post: Post, register: Register
) -> None:
    async with listening() as receiver:
        id_, secret = await register(receiver.url, "customer.created")
        customer = await name_customer(ask, "ada", "Ada")

        assert await post.accept() == 1
        await post.send()

        (message,) = receiver.taken
        said = message.said
        assert (said["type"], said["subject"]) == ("customer.created", customer)
        assert said["data"] == {"node": {"id": customer, "displayName": "Ada"}}
        assert receiver.verified(secret) == [said]
        shown = (await ask(SHOWN, id=id_))["node"]["deliveries"]["nodes"]
        assert shown == [
            {
                "status": "DELIVERED",
                "attemptCount": 1,
                "responseCode": 204,
                "lastError": None,
                "eventType": "customer.created",
                "attempts": [{"responseCode": 204, "error": None}],
            }
        ]


async def test_the_same_event_twice_is_owed_once(ask: Answering, post: Post, register: Register) -> None:
    async with listening() as receiver:
        await register(receiver.url)
        await name_customer(ask, "ada", "Ada")

        first, second = await post.accept(), await post.accept()

        assert (first, second) == (1, 0)


async def test_another_tenant_is_told_nothing(
    ask: Answering, post: Post, register: Register, stranger: Actor
) -> None:
    async with listening() as receiver:
        await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        other = replace(post, actor=stranger)

        assert await other.accept() == 0
        await other.send()

        assert receiver.heard == []


async def test_a_failed_attempt_is_made_again_under_the_same_id(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.FAIL, Way.RESET, Way.CUT_SHORT, Way.SILENCE, Way.SLOW_BODY, Way.TAKE])
    async with listening(lambda: next(ways)) as receiver:
        id_, _ = await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()

        await post.send_all()

        assert len(receiver.heard) == 6
        assert len({message.headers["webhook-id"] for message in receiver.heard}) == 1
        (shown,) = (await ask(SHOWN, id=id_))["node"]["deliveries"]["nodes"]
        assert (shown["status"], shown["attemptCount"]) == ("DELIVERED", 6)
        assert [one["responseCode"] for one in shown["attempts"]] == [500, None, None, None, None, 204]


async def test_a_redirect_is_a_failure_and_is_not_followed(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.REDIRECT, Way.TAKE])
    async with listening(lambda: next(ways)) as receiver:
        id_, _ = await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()

        await post.send_all()

        assert receiver.trap_hits == 0
        (shown,) = (await ask(SHOWN, id=id_))["node"]["deliveries"]["nodes"]
        assert shown["attempts"][0] == {
            "responseCode": 307,
            "error": "It answered 307: redirects are not followed.",
        }


async def test_a_later_event_of_a_subject_waits_for_the_earlier_one(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.FAIL, Way.TAKE, Way.FAIL, Way.TAKE, Way.TAKE])
    document = "query($subject: ID!) { node(id: $subject) { id } }"
    async with listening(lambda: next(ways)) as receiver:
        await register(receiver.url, document=document)
        for name in ("Ada", "Ada B.", "Ada Byron"):
            await name_customer(ask, "ada", name)
        await post.accept()

        await post.send_all()

        types = [message.said["type"] for message in receiver.taken]
        times = [str(message.said["timestamp"]) for message in receiver.taken]
        assert types == ["customer.created", "customer.updated", "customer.updated"]
        assert times == sorted(times)


async def test_after_the_last_attempt_a_delivery_is_dead_and_goes_again_on_request(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.FAIL, Way.FAIL, Way.TAKE])
    async with listening(lambda: next(ways)) as receiver:
        id_, _ = await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()
        await post.send_all(replace(QUICK, waits=(0.01,)))
        dead = await ask("{webhookDeliveries(filter:{status:[DEAD]}){nodes{id attemptCount nextAttemptAt}}}")
        (delivery,) = dead["webhookDeliveries"]["nodes"]

        source = "mutation($id:ID!){webhookRedeliver(deliveryId:$id){delivery{status} userErrors{code}}}"
        done = (await ask(source, id=delivery["id"]))["webhookRedeliver"]
        await post.send()

        assert (delivery["attemptCount"], delivery["nextAttemptAt"]) == (2, None)
        assert done == {"delivery": {"status": "PENDING"}, "userErrors": []}
        assert [message.headers["webhook-id"] for message in receiver.heard] == [delivery["id"]] * 3
        assert (await ask(SHOWN, id=id_))["node"]["deliveries"]["nodes"][0]["status"] == "DELIVERED"


async def test_a_circuit_opens_after_failures_and_burns_no_attempts(
    ask: Answering, post: Post, register: Register
) -> None:
    way = Way.FAIL
    async with listening(lambda: way) as receiver:
        id_, _ = await register(receiver.url)
        for number in range(6):
            await name_customer(ask, str(number), "Ada")
        await post.accept()
        pace = replace(QUICK, failures=3, rest_seconds=3600.0, batch=3)

        await post.send(pace)
        await asyncio.sleep(0.05)
        await post.send(pace)

        assert len(receiver.heard) == 3
        shown = (await ask(SHOWN, id=id_))["node"]
        assert shown["failures"] == 3
        assert datetime.fromisoformat(shown["openUntil"]) > datetime.now(UTC) + timedelta(minutes=50)
        assert await post.count("PENDING") == 6


async def test_a_circuit_that_closes_lets_everything_through(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.FAIL] * 3)
    async with listening(lambda: next(ways, Way.TAKE)) as receiver:
        id_, _ = await register(receiver.url)
        for number in range(6):
            await name_customer(ask, str(number), "Ada")
        await post.accept()

        await post.send_all(replace(QUICK, failures=3, rest_seconds=0.05, batch=3))

        assert len(receiver.taken) == 6
        shown = (await ask(SHOWN, id=id_))["node"]
        assert (shown["failures"], shown["openUntil"]) == (0, None)


async def test_a_receiver_that_is_gone_is_told_no_more(
    ask: Answering, post: Post, register: Register
) -> None:
    ways = iter([Way.GONE])
    async with listening(lambda: next(ways, Way.TAKE)) as receiver:
        id_, _ = await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()
        await post.send()
        await name_customer(ask, "bob", "Bob")

        accepted = await post.accept()
        await asyncio.sleep(0.05)
        await post.send()

        assert accepted == 0
        assert len(receiver.heard) == 1
        assert (await ask(SHOWN, id=id_))["node"]["status"] == "GONE"


async def test_a_receiver_that_asks_to_wait_is_left_alone(
    ask: Answering, post: Post, register: Register
) -> None:
    async with listening(lambda: Way.BUSY) as receiver:
        await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()

        await post.send()
        await asyncio.sleep(0.05)
        await post.send()

        assert len(receiver.heard) == 1
        shown = (await ask("{webhookDeliveries{nodes{nextAttemptAt}}}"))["webhookDeliveries"]["nodes"][0]
        assert datetime.fromisoformat(shown["nextAttemptAt"]) > datetime.now(UTC) + timedelta(minutes=50)


async def test_while_paused_events_wait_and_then_are_told(
    ask: Answering, post: Post, register: Register
) -> None:
    async with listening() as receiver:
        id_, _ = await register(receiver.url)
        await ask("mutation($id:ID!){webhookPause(endpointId:$id){endpoint{status}}}", id=id_)
        await name_customer(ask, "ada", "Ada")
        await post.accept()
        await post.send()
        before = len(receiver.heard)

        await ask("mutation($id:ID!){webhookResume(endpointId:$id){endpoint{status}}}", id=id_)
        await post.send()

        assert (before, names(receiver.taken)) == (0, ["Ada"])


async def test_both_secrets_sign_until_the_overlap_ends(
    ask: Answering, post: Post, register: Register
) -> None:
    source = """mutation($id:ID!,$hours:Int!){webhookSecretRotate(input:{endpointId:$id,overlapHours:$hours})
    {secret userErrors{code}}}"""
    async with listening() as receiver:
        id_, first = await register(receiver.url)
        second = (await ask(source, id=id_, hours=24))["webhookSecretRotate"]["secret"]
        await name_customer(ask, "ada", "Ada")
        await post.accept()
        await post.send()
        third = (await ask(source, id=id_, hours=0))["webhookSecretRotate"]["secret"]
        await name_customer(ask, "bob", "Bob")
        await post.accept()
        await post.send()

        one, two = receiver.taken
        assert len({first, second, third}) == 3
        for secret in (first, second):
            Webhook(secret).verify(one.body, one.headers)
        Webhook(third).verify(two.body, two.headers)
        for message, secret in ((one, third), (two, first), (two, second)):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(message.body, message.headers)


async def test_a_replay_tells_what_happened_before_the_endpoint_was_there(
    ask: Answering, post: Post, register: Register
) -> None:
    since = datetime.now(UTC)
    await name_customer(ask, "ada", "Ada")
    async with listening() as receiver:
        id_, _ = await register(receiver.url)
        await name_customer(ask, "bob", "Bob")
        async with post.database.work(post.actor) as session:
            rows = await session.find(OutboxEvent, type="customer.created")
        async with post.database.work(post.actor) as session:
            await accept(session, rows[1:])
        await post.send()
        first = receiver.taken[0].headers["webhook-id"]

        source = """mutation($input:WebhookReplayInput!){webhookReplay(input:$input)
        {deliveries continueSince userErrors{code}}}"""
        done = (await ask(source, input={"endpointId": id_, "since": since.isoformat()}))["webhookReplay"]
        await post.send()

        assert done == {"deliveries": 2, "continueSince": None, "userErrors": []}
        assert sorted(map(str, names(receiver.taken))) == ["Ada", "Bob", "Bob"]
        assert [one.headers["webhook-id"] for one in receiver.taken].count(first) == 2


async def test_a_process_that_ends_in_the_middle_leaves_nothing_untold(
    ask: Answering, post: Post, register: Register
) -> None:
    async with listening(lambda: Way.SILENCE) as receiver:
        await register(receiver.url)
        await name_customer(ask, "ada", "Ada")
        await post.accept()
        working = asyncio.create_task(post.send())
        await receiver.first.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        receiver.way = lambda: Way.TAKE

        await post.send()

        assert names(receiver.taken) == ["Ada"]


async def test_a_test_message_arrives_without_data(ask: Answering, post: Post, register: Register) -> None:
    async with listening() as receiver:
        id_, secret = await register(receiver.url)

        await ask("mutation($id:ID!){webhookTest(endpointId:$id){delivery{id status}}}", id=id_)
        await post.send()

        (said,) = receiver.verified(secret)
        assert (said["type"], said["subject"], said["data"]) == ("webhook.test", None, None)
