"""What does the service consist of? Routes and lifespan; the only place where things are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from infra import explorer
from infra.api_keys import ApiKeys
from infra.auth import Gate
from infra.bearer_tokens import BearerTokens
from infra.database import Database, opened
from infra.development import DevelopmentIdentities, DevelopmentIssuer
from infra.graphql_http import GraphQLEndpoint
from infra.health import Health
from infra.jobs import JOBS
from infra.migrations import steps
from infra.replies import Replies, links_of
from infra.reports import report
from infra.settings import Settings
from infra.signing_keys import SigningKeys, over_https
from infra.timer import Timer, running
from infra.webhooks.receiving import TrackerReports
from infra.webhooks.terms import job, terms_of
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
        self._webhooks = terms_of(settings)
        self._reports = TrackerReports(self._webhooks.keys)
        self._development = None if settings.is_production else DevelopmentIssuer()
        routes = [*self._health.routes(), *explorer.routes(GRAPHQL), *self._replies.routes()]
        routes += self._reports.routes()
        if self._development:
            routes += self._development.routes()
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
        check_issuers(self._settings)
        pool_size, timeout = self._settings.pool_size, self._settings.statement_timeout_seconds
        async with opened(self._url, largest=pool_size, statement_timeout_seconds=timeout) as database:
            await check_revision(database)
            await check_role(database)
            self._health.database = self._replies.database = database
            self._reports.database = database
            graph = Graph(build(), database, report, self._replies.links, self._webhooks)
            self._endpoint = self._assembled(database, graph)
            jobs = (*JOBS, job(graph, self._webhooks)) if self._settings.periodic_work else ()
            async with running(Timer(database, jobs, report)):
                yield
            self._endpoint = None

    def _assembled(self, database: Database, graph: Graph) -> GraphQLEndpoint:
        return GraphQLEndpoint(
            graph,
            self._gate(database),
            database,
            body_limit=self._settings.body_limit_bytes,
            shows_plans=not self._settings.is_production,
        )

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
