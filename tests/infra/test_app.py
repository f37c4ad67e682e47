"""Does the service start only where it can be trusted to serve, and say how it is whatever it has to do?"""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from infra.admission import Priority
from infra.app import Application, NotReady, check_role
from infra.bearer_tokens import Issuer
from infra.database import opened
from infra.development import DevelopmentIssuer
from infra.settings import Environment, Settings
from service.ground.actor import Actor
from tests.infra.replicas import crowded


async def start(application: Application) -> None:
    """Begins the application's lifespan as a server does."""

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        return None

    await application({"type": "lifespan", "app": application, "state": {}}, receive, send)


async def test_production_refuses_to_start_without_an_identity_provider(database_url: str) -> None:
    settings = Settings(environment=Environment.PRODUCTION)

    with pytest.raises(NotReady, match="Production needs an identity provider"):
        await start(Application(settings, database_url))


async def test_a_database_that_was_never_migrated_is_refused_with_the_way_out(
    empty_database_url: str,
) -> None:
    with pytest.raises(NotReady, match="run `python -m infra migrate`"):
        await start(Application(Settings(), empty_database_url))


async def test_production_fetches_signing_keys_over_https_only(database_url: str) -> None:
    issuer = Issuer(issuer="https://identity.example", audience="cxgraph", jwks_url="http://identity.example")
    settings = Settings(environment=Environment.PRODUCTION, issuers=(issuer,))

    with pytest.raises(NotReady, match="over https: only"):
        await start(Application(settings, database_url))


async def test_a_role_that_passes_the_walls_is_refused(database_url: str) -> None:
    async with opened(database_url, role=None) as owner:
        with pytest.raises(NotReady, match="must not"):
            await check_role(owner)
    async with opened(database_url) as service:
        await check_role(service)


async def test_production_knows_no_development_identity(database_url: str) -> None:
    issuer = Issuer(
        issuer="https://identity.example", audience="cxgraph", jwks_url="https://identity.example"
    )
    settings = Settings(environment=Environment.PRODUCTION, issuers=(issuer,))
    application = Application(settings, database_url)
    async with application._lifespan(Starlette()):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://cx") as client:
            question = {"query": "{ viewer { subject } }"}
            named = await client.post("/graphql", json=question, headers={"x-cx-tenant": "airport"})
            given = await client.post("/development/token", json={"tenant": "airport"})
            token = DevelopmentIssuer().token(tenant="airport", subject="ada", roles=["administrator"])
            signed = await client.post(
                "/graphql", json=question, headers={"authorization": f"Bearer {token}"}
            )

    assert (named.status_code, given.status_code, signed.status_code) == (401, 404, 401)
    assert named.headers["www-authenticate"] == "Bearer"


async def test_probes_are_answered_while_all_places_are_taken(
    database_url: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crowded(database_url, monkeypatch) as (service, gate), httpx.AsyncClient() as client:
        for _ in range(gate.places):
            await gate.enter(Priority.MUTATION, 60)
        asked = {"query": "{ __typename }"}
        headers = {"x-cx-tenant": actor.tenant_key}
        refused = await client.post(service.url, json=asked, headers=headers)
        probes = [await client.get(f"http://{service.address}/{probe}") for probe in ("livez", "readyz")]

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["errors"][0]["extensions"] == {"code": "OVERLOADED", "retryAfter": 1}
    assert [probe.status_code for probe in probes] == [200, 200]
