"""Does the service start only where it can be trusted to serve?"""

import pytest
from starlette.types import Message

from infra.app import Application, NotReady
from infra.settings import Environment, Settings


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
