"""What does the service consist of? Routes and lifespan; the only place where things are put together."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext

import asyncpg
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from infra import explorer
from infra.api_keys import ApiKeys
from infra.auth import Gate
from infra.bearer_tokens import BearerTokens
from infra.database import Database, opened
from infra.development import DevelopmentIdentities, DevelopmentIssuer
from infra.draining import Draining, closing
from infra.graphql_http import GraphQLEndpoint
from infra.health import Health
from infra.jobs import JOBS
from infra.migrations import steps
from infra.reports import report
from infra.settings import Settings
from infra.signing_keys import SigningKeys, over_https
from infra.telemetry import meters, names
from infra.telemetry.following import Following, following
from infra.timer import Timer, running
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
        self._development = None if settings.is_production else DevelopmentIssuer()
        routes = [*self._health.routes(), *explorer.routes(GRAPHQL)]
        if self._development:
            routes += self._development.routes()
        self._pages = Starlette(routes=routes, lifespan=self._lifespan)
        self._endpoint: ASGIApp | None = None

    @property
    def draining(self) -> Draining:
        """Whether the process is on its way out."""
        return self._health.draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or lives one lifespan."""
        if self._health.draining.begun and scope["type"] == "http":
            scope["extensions"], send = {}, closing(send)
        if self._endpoint and scope["type"] == "http" and scope["path"] == GRAPHQL:
            await self._endpoint(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        check_issuers(self._settings)
        async with AsyncExitStack() as stack:
            followed = stack.enter_context(following(self._settings))
            database = await stack.enter_async_context(self._database(followed))
            await check_revision(database)
            await check_role(database)
            self._health.database = database
            self._endpoint = self._assembled(database, followed)
            jobs = JOBS if self._settings.periodic_work else ()
            async with running(Timer(database, jobs, report, followed.work if followed else nullcontext)):
                yield
            self._endpoint = None

    def _database(self, followed: Following | None) -> AbstractAsyncContextManager[Database]:
        settings = self._settings
        # All connections are open before the process is ready: opening one takes part of a request's time.
        return opened(
            self._url,
            smallest=settings.pool_size,
            largest=settings.pool_size,
            statement_timeout_seconds=settings.statement_timeout_seconds,
            connect_seconds=settings.connect_seconds,
            connection=followed.connection if followed else asyncpg.Connection,
        )

    def _assembled(self, database: Database, followed: Following | None) -> ASGIApp:
        graph = (followed.graph if followed else Graph)(build(), database, report)
        endpoint = GraphQLEndpoint(
            graph,
            self._gate(database),
            database,
            body_limit=self._settings.body_limit_bytes,
            shows_plans=not self._settings.is_production,
        )
        if followed is None:
            return endpoint
        followed.watch(graph)
        self._observe(database)
        return followed.requests(endpoint)

    def _observe(self, database: Database) -> None:
        lending, draining = database.connections, self._health.draining
        meters.gauge(names.POOL_SIZE).set(lending.size)
        meters.gauge(names.POOL_IN_USE).ask(lambda: lending.lent_now)
        meters.gauge(names.POOL_WAITING).ask(lambda: lending.waiting_now)
        meters.gauge(names.READY).ask(lambda: 0 if draining.begun else 1)

    def _gate(self, database: Database) -> Gate:
        trusted = {
            one.issuer: (one, SigningKeys(over_https(one.jwks_url), one.algorithm))
            for one in self._settings.issuers
        }
        without = None
        if self._development:
            issuer, keys = self._development.trusted()
            trusted[issuer.issuer] = issuer, keys
            without = DevelopmentIdentities(database)
        return Gate(BearerTokens(trusted, database.tenant_id), ApiKeys(database).actor, without)


def check_issuers(settings: Settings) -> None:
    """Raises NotReady where production would know nobody, or would fetch signing keys in the open."""
    if settings.is_production and not settings.issuers:
        message = "Production needs an identity provider: name it in CXGRAPH_ISSUERS (docs/identity.md)."
        raise NotReady(message)
    if settings.is_production and any(not one.jwks_url.startswith("https:") for one in settings.issuers):
        message = "Production fetches the signing keys of its issuers over https: only."
        raise NotReady(message)


async def check_role(database: Database) -> None:
    """Raises NotReady where row-level security would not bind the service."""
    if not await database.is_bound():
        message = (
            "The role cxgraph_app is a superuser, bypasses row-level security, or owns tables: it must not."
        )
        raise NotReady(message)


async def check_revision(database: Database) -> None:
    """Raises NotReady where the database has another schema than this version needs."""
    found, needed = await database.revision(), steps.head()
    if found != needed:
        message = f"The database is at revision {found}, not at {needed}: run `python -m infra migrate`."
        raise NotReady(message)
