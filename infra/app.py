"""What does the service consist of? Routes and lifespan; the only place where things are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from infra import explorer
from infra.auth import DevelopmentIdentities
from infra.database import Database, opened
from infra.graphql_http import GraphQLEndpoint
from infra.health import Health
from infra.migrations import steps
from infra.replies import Replies, links_of
from infra.reports import report
from infra.settings import Settings
from schema.execution import Graph
from schema.graph import build

GRAPHQL = "/graphql"


class NotReady(Exception):
    """The service cannot start; the message says what to do first."""


class Application:
    """The ASGI application: GraphQL requests go straight to their endpoint, all others to the routes."""

    def __init__(self, settings: Settings, url: str) -> None:
        """Prepares the routes; the lifespan opens the database and puts the rest together."""
        self._settings = settings
        self._url = url
        self._health = Health()
        self._replies = Replies(links_of(settings))
        routes = [*self._health.routes(), *explorer.routes(GRAPHQL), *self._replies.routes()]
        self._pages = Starlette(routes=routes, lifespan=self._lifespan)
        self._endpoint: GraphQLEndpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or lives one lifespan."""
        if self._endpoint and scope["type"] == "http" and scope["path"] == GRAPHQL:
            await self._endpoint(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        if self._settings.is_production:
            message = "Production needs an identity provider; this version trusts its callers."
            raise NotReady(message)
        pool_size, timeout = self._settings.pool_size, self._settings.statement_timeout_seconds
        async with opened(self._url, largest=pool_size, statement_timeout_seconds=timeout) as database:
            await check_revision(database)
            self._health.database = self._replies.database = database
            self._endpoint = self._assembled(database)
            yield
            self._endpoint = None

    def _assembled(self, database: Database) -> GraphQLEndpoint:
        return GraphQLEndpoint(
            Graph(build(), database, report, self._replies.links),
            DevelopmentIdentities(database),
            database,
            body_limit=self._settings.body_limit_bytes,
            shows_plans=not self._settings.is_production,
        )


async def check_revision(database: Database) -> None:
    """Raises NotReady where the database has another schema than this version needs."""
    found, needed = await database.revision(), steps.head()
    if found != needed:
        message = f"The database is at revision {found}, not at {needed}: run `python -m infra migrate`."
        raise NotReady(message)
