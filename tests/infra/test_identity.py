"""Is everybody let in who may, and nobody else, while keys change and issuers fail?"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from infra.api_keys import SEEN_SECONDS, ApiKeys
from infra.auth import Gate, Unauthenticated
from infra.bearer_tokens import BearerTokens, Issuer
from infra.database import Database
from infra.signing_keys import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS, SigningKeys, over_https
from schema.execution import Graph, Request
from service.access.keys import ALPHABET, minted, presented
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import ROLES
from tests.ground import Answering, Make
from tests.infra.forgeries import Forgery, forged, unusable_keys
from tests.infra.issuer import ALGORITHM, NAME, FakeIssuer, rsa_key, serving

CREATE = """mutation($scopes: [String!]!, $name: String!) {
    apiKeyCreate(input: {name: $name, scopes: $scopes}) {
        secret apiKey { id name scopes createdBy revokedAt } userErrors { code message field } } }"""
ROTATE = """mutation($id: ID!, $hours: Int!) { apiKeyRotate(input: {keyId: $id, overlapHours: $hours}) {
    secret apiKey { id replaces { id } } userErrors { code message field } } }"""
REVOKE = """mutation($id: ID!) { apiKeyRevoke(input: {keyId: $id}) {
    apiKey { id revokedAt } userErrors { code field } } }"""
FEWEST_FORGERIES = 200


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with serving(FakeIssuer(also=list(unusable_keys()))) as served:
        yield served


@pytest.fixture
def gate(issuer: FakeIssuer, database: Database, clock: Clock) -> Gate:
    keys = SigningKeys(over_https(issuer.url), ALGORITHM, clock)
    tokens = BearerTokens({NAME: (issuer.trusted, keys)}, database.tenant_id)
    return Gate(tokens, ApiKeys(database, clock).actor, clock=clock)


async def entered(gate: Gate, proof: str, scheme: str = "Bearer") -> Actor:
    headers = {b"authorization": f"{scheme} {proof}".encode()}
    return gate.known(headers) or await gate.actor(headers)


async def accepted(gate: Gate, forgeries: list[Forgery]) -> list[str]:
    found = []
    for wrong, proof in forgeries:
        try:
            await entered(gate, proof)
        except Unauthenticated:
            continue
        found.append(wrong)
    return found


async def test_a_good_token_says_who_asks(gate: Gate, issuer: FakeIssuer, actor: Actor) -> None:
    who = await entered(gate, issuer.token(tenant=actor.tenant_key, roles=["viewer", "unheard-of"]))

    assert (who.tenant_id, who.tenant_key) == (actor.tenant_id, actor.tenant_key)
    assert (who.subject, who.kind) == ("ada", ActorKind.HUMAN)
    assert who.scopes == ROLES["viewer"]


async def test_no_forged_token_is_accepted(gate: Gate, issuer: FakeIssuer, actor: Actor) -> None:
    forgeries = list(forged(issuer, actor.tenant_key, "nobody"))

    assert len({proof for _, proof in forgeries}) >= FEWEST_FORGERIES
    assert await accepted(gate, forgeries) == []
    assert (await entered(gate, issuer.token(tenant=actor.tenant_key))).tenant_id == actor.tenant_id


async def test_a_refusal_does_not_say_what_is_wrong(gate: Gate, issuer: FakeIssuer, actor: Actor) -> None:
    wrong = [issuer.token(tenant="nobody"), "x", issuer.token(tenant=actor.tenant_key, aud="other")]
    said = set()
    for proof in wrong:
        with pytest.raises(Unauthenticated) as refused:
            await entered(gate, proof)
        said.add(str(refused.value))

    assert said == {"The token or key is not accepted."}


@pytest.mark.parametrize("scheme", ["Basic", "", "Bearer Bearer", "Token", "Bearer\t"])
async def test_a_good_token_under_another_scheme_is_refused(
    gate: Gate, issuer: FakeIssuer, actor: Actor, scheme: str
) -> None:
    with pytest.raises(Unauthenticated):
        await entered(gate, issuer.token(tenant=actor.tenant_key), scheme)


async def test_a_request_without_a_proof_is_refused(gate: Gate) -> None:
    with pytest.raises(Unauthenticated, match="Send a bearer token or an API key"):
        await gate.actor({b"x-cx-tenant": b"airport"})


async def test_a_verified_token_is_remembered_until_it_expires(
    gate: Gate, issuer: FakeIssuer, actor: Actor, clock: Clock
) -> None:
    token = issuer.token(tenant=actor.tenant_key, exp=int(clock.now) + 60)
    headers = {b"authorization": f"Bearer {token}".encode()}
    assert gate.known(headers) is None
    first = await gate.actor(headers)

    assert gate.known(headers) is first
    clock.now += 61
    assert gate.known(headers) is None


async def test_abrupt_rotation_under_load_rejects_nobody(
    gate: Gate, issuer: FakeIssuer, actor: Actor, clock: Clock
) -> None:
    async def enter(name: str, number: int) -> Actor:
        return await entered(gate, issuer.token(name, tenant=actor.tenant_key, sub=f"{name}-{number}"))

    who = []
    for number, name in enumerate(("one", "two", "three")):
        before = ["one", "two", "three"][max(0, number - 1)]
        issuer.keys.setdefault(name, rsa_key(number + 1))
        clock.now += PAUSE_SECONDS
        asked = [enter(key, n) for n in range(40) for key in (before, name)]
        who += await asyncio.gather(*asked)

    assert {one.tenant_id for one in who} == {actor.tenant_id}
    assert len(who) == 240
    assert issuer.fetches == 3


async def test_invented_key_names_do_not_make_the_keys_be_fetched(
    gate: Gate, issuer: FakeIssuer, actor: Actor, clock: Clock
) -> None:
    await entered(gate, issuer.token(tenant=actor.tenant_key))
    for second in range(60):
        clock.now += 1
        issuer.keys[f"invented-{second}"] = rsa_key(5)
        flood = [issuer.token(f"invented-{second}", tenant=actor.tenant_key, sub=f"{n}") for n in range(3)]
        del issuer.keys[f"invented-{second}"]
        assert len(await accepted(gate, [("invented", token) for token in flood])) == 0

    assert issuer.fetches <= 3
    assert (await entered(gate, issuer.token(tenant=actor.tenant_key))).subject == "ada"


async def test_ten_thousand_invented_key_names_are_two_fetches_a_minute(
    issuer: FakeIssuer, clock: Clock
) -> None:
    keys = SigningKeys(over_https(issuer.url), ALGORITHM, clock)
    for number in range(10_000):
        clock.now += 60 / 10_000
        assert await keys.key(f"invented-{number}") is None

    assert issuer.fetches <= 2


async def test_known_keys_are_used_while_the_issuer_fails_for_a_day(issuer: FakeIssuer, clock: Clock) -> None:
    keys = SigningKeys(over_https(issuer.url), ALGORITHM, clock)
    assert await keys.key("one") is not None
    issuer.status = "500 Trouble"

    clock.now += STALE_SECONDS - 1
    assert await keys.key("one") is not None
    clock.now += PAUSE_SECONDS
    assert await keys.key("one") is None

    issuer.status = "200 OK"
    clock.now += PAUSE_SECONDS
    assert await keys.key("one") is not None


async def test_a_withdrawn_key_is_noticed(issuer: FakeIssuer, clock: Clock) -> None:
    keys = SigningKeys(over_https(issuer.url), ALGORITHM, clock)
    assert await keys.key("one") is not None
    issuer.keys = {"two": rsa_key(2)}

    clock.now += FRESH_SECONDS
    await keys.key("one")
    await keys.key("two")  # waits for the fetch that is under way

    assert await keys.key("two") is not None
    assert await keys.key("one") is None


async def test_a_redirect_to_other_keys_is_not_followed(issuer: FakeIssuer, clock: Clock) -> None:
    issuer.status = f"302 Found\r\nlocation: {issuer.url}"
    keys = SigningKeys(over_https(issuer.url), ALGORITHM, clock)

    assert await keys.key("one") is None
    assert issuer.fetches == 1


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS1"])
def test_an_issuer_with_a_shared_or_no_secret_cannot_be_trusted(algorithm: str) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        Issuer.model_validate(
            {"issuer": NAME, "audience": "x", "jwks_url": "https://x/", "algorithm": algorithm}
        )


async def made(ask: Answering, *scopes: str, name: str = "crm") -> dict[str, Any]:
    payload: dict[str, Any] = (await ask(CREATE, name=name, scopes=list(scopes)))["apiKeyCreate"]
    return payload


async def test_a_key_acts_as_its_integration_with_its_scopes_only(
    gate: Gate, ask: Answering, actor: Actor, graph: Graph
) -> None:
    payload = await made(ask, "customers:read", "interactions:write")
    assert payload["apiKey"]["scopes"] == ["customers:read", "interactions:write"]

    who = await entered(gate, payload["secret"])

    assert (who.tenant_id, who.subject, who.kind) == (
        actor.tenant_id,
        "integration:crm",
        ActorKind.INTEGRATION,
    )
    assert who.scopes == {"customers:read", "interactions:write"}
    upsert = 'mutation { customerUpsert(input: {match: {email: "x@x.org"}}) { userErrors { code } } }'
    answer = await graph.answer(Request(upsert), who)
    assert orjson.loads(answer.body)["data"]["customerUpsert"]["userErrors"] == [{"code": "FORBIDDEN"}]


async def test_the_database_does_not_know_the_secret(
    ask: Answering, actor: Actor, database: Database
) -> None:
    payload = await made(ask, "customers:read")
    secret = payload["secret"].rsplit("_", 1)[1]
    dump = "SELECT string_agg(k::text, '') FROM (SELECT * FROM api_key WHERE tenant_id = $1) AS k"
    events = "SELECT string_agg(o::text, '') FROM outbox_event AS o WHERE tenant_id = $1"

    for sql in (dump, events):
        text = await database.pool.fetchval(sql, actor.tenant_id)
        assert "crm" in text
        assert secret not in text


async def test_no_forged_key_is_accepted(
    gate: Gate, ask: Answering, actor: Actor, stranger: Actor, database: Database
) -> None:
    good = (await made(ask, "customers:read"))["secret"]
    revoked = await made(ask, "customers:read", name="revoked")
    await ask(REVOKE, id=revoked["apiKey"]["id"])
    head, secret = good.rsplit("_", 1)
    claim = presented(good)
    assert claim is not None
    forgeries: list[Forgery] = [
        ("revoked", revoked["secret"]),
        ("of an id that does not exist", minted(actor.tenant_id, uuid7())[0]),
        ("of a tenant that does not exist", minted(uuid7(), claim.key_id)[0]),
        ("with another's secret", f"{head}_{revoked['secret'].rsplit('_', 1)[1]}"),
        (
            "in another tenant",
            f"{minted(stranger.tenant_id, claim.key_id)[0].rsplit('_', 1)[0]}_{secret}",
        ),
        ("too large", f"{head}_{'z' * 43}"),
        ("in capitals", good.upper()),
        ("without its secret", f"{head}_"),
        ("twice", good + good),
        ("with a blank", f"{good} "),
        ("with a line", f"{good}\n"),
        ("a digest", f"{head}_{claim.digest.hex()[:43]}"),
    ]
    for place in range(0, len(good), 2):
        other = ALPHABET[(ALPHABET.find(good[place]) + 1) % len(ALPHABET)]
        forgeries.append((f"changed at {place}", good[:place] + other + good[place + 1 :]))
        forgeries.append((f"cut at {place}", good[:place]))

    assert await accepted(gate, forgeries) == []
    assert (await entered(gate, good)).tenant_id == actor.tenant_id


async def test_an_expired_key_is_refused(gate: Gate, ask: Answering, clock: Clock) -> None:
    payload = await made(ask, "customers:read")
    await entered(gate, payload["secret"])

    clock.now += 366 * 86_400

    with pytest.raises(Unauthenticated):
        await entered(gate, payload["secret"])


async def test_a_revocation_is_seen_within_seconds(gate: Gate, ask: Answering, clock: Clock) -> None:
    payload = await made(ask, "customers:read")
    await entered(gate, payload["secret"])
    await ask(REVOKE, id=payload["apiKey"]["id"])

    clock.now += SEEN_SECONDS

    with pytest.raises(Unauthenticated):
        await entered(gate, payload["secret"])


async def test_replacing_a_key_rejects_nobody(gate: Gate, ask: Answering, clock: Clock) -> None:
    payload = await made(ask, "customers:read")
    turned = (await ask(ROTATE, id=payload["apiKey"]["id"], hours=24))["apiKeyRotate"]
    assert turned["apiKey"]["replaces"] == {"id": payload["apiKey"]["id"]}

    both = [await entered(gate, secret) for secret in (payload["secret"], turned["secret"])]
    assert both[0] == both[1]

    clock.now += 25 * 3600
    assert (await entered(gate, turned["secret"])).subject == "integration:crm"
    with pytest.raises(Unauthenticated):
        await entered(gate, payload["secret"])


async def test_a_third_key_is_refused(ask: Answering, actor: Actor, database: Database) -> None:
    payload = await made(ask, "customers:read")
    await ask(ROTATE, id=payload["apiKey"]["id"], hours=24)

    again = (await ask(ROTATE, id=payload["apiKey"]["id"], hours=24))["apiKeyRotate"]
    beside = await made(ask, "customers:read")

    assert [error["code"] for error in again["userErrors"]] == ["BLOCKED"]
    assert [error["code"] for error in beside["userErrors"]] == ["TAKEN"]
    kept = "SELECT count(*) FROM api_key WHERE tenant_id = $1"
    assert await database.pool.fetchval(kept, actor.tenant_id) == 2


@pytest.mark.parametrize(
    ("scopes", "code"),
    [([], "REQUIRED"), (["access:design"], "INVALID"), (["everything"], "INVALID"), (["*"], "INVALID")],
)
async def test_a_key_for_what_no_key_may_do_is_refused(ask: Answering, scopes: list[str], code: str) -> None:
    payload = await made(ask, *scopes)

    assert (payload["secret"], payload["userErrors"][0]["code"]) == (None, code)


async def test_nobody_gives_away_scopes_they_lack(graph: Graph, actor: Actor) -> None:
    keeper = Actor(
        actor.tenant_id, "t", "keeper", ActorKind.HUMAN, frozenset({"access:design", "access:read"})
    )
    sent = Request(CREATE, variables={"name": "crm", "scopes": ["customers:read"]})

    payload = orjson.loads((await graph.answer(sent, keeper)).body)["data"]["apiKeyCreate"]

    assert (payload["secret"], payload["userErrors"][0]["code"]) == (None, "FORBIDDEN")


async def test_another_tenants_key_cannot_be_managed(
    graph: Graph, ask: Answering, make_actor: Make, gate: Gate
) -> None:
    payload = await made(ask, "customers:read")
    other = await make_actor()

    sent = {"id": payload["apiKey"]["id"], "hours": 0}
    for source, name, variables in (
        (ROTATE, "apiKeyRotate", sent),
        (REVOKE, "apiKeyRevoke", {"id": sent["id"]}),
    ):
        answer = await graph.answer(Request(source, variables=variables), other)
        errors = orjson.loads(answer.body)["data"][name]["userErrors"]
        assert [error["code"] for error in errors] == ["NOT_FOUND"]

    assert (await entered(gate, payload["secret"])).subject == "integration:crm"


def test_a_key_says_whose_it_is_and_nothing_else_is_a_key() -> None:
    tenant, key = uuid7(), uuid7()
    text, digest = minted(tenant, key)

    claim = presented(text)

    assert claim is not None
    assert (claim.tenant_id, claim.key_id, claim.digest) == (tenant, key, digest)
    assert all(presented(secrets.token_urlsafe(64)) is None for _ in range(20))
