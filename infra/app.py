"""What does the service consist of? Routes and lifespan; the only place where things are put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext

import asyncpg
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from infra import explorer
from infra.admission import Ticket
from infra.api_keys import ApiKeys
from infra.auth import Gate, Headers, Unauthenticated
from infra.bearer_tokens import BearerTokens
from infra.census import counting
from infra.database import Database, opened
from infra.delivery import delivering
from infra.development import DevelopmentIdentities, DevelopmentIssuer
from infra.draining import Draining, closing
from infra.event_stream import EventStreams, is_asked_for
from infra.graphql_http import GraphQLEndpoint
from infra.health import Health
from infra.http_protocol import AtOnce, Exchange, HeaderMap
from infra.jobs import JOBS
from infra.migrations import steps
from infra.pages import HANDLERS
from infra.replies import Replies, links_of
from infra.reports import report
from infra.rules import entrance, permissions, rules
from infra.settings import Settings
from infra.short_way import ShortWay
from infra.signing_keys import SigningKeys, over_https
from infra.sockets import Sockets
from infra.subscribing import Subscribing
from infra.subscriptions import Subscriptions, subscriptions
from infra.telemetry import meters, names
from infra.telemetry.following import Following, following
from infra.telemetry.places import unfollowed
from infra.telemetry.requests import FollowedRequests
from infra.telemetry.subscriptions import Follow
from infra.telemetry.subscriptions import unfollowed as unwatched
from infra.timer import Timer, running
from infra.webhooks.receiving import TrackerReports
from infra.webhooks.terms import job, terms_of
from schema.execution import Graph
from schema.graph import build
from schema.guard.permissions import everybody

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
        routes = [
            *self._health.routes(),
            *explorer.routes(GRAPHQL, self._may_explore),
            *self._replies.routes(),
        ]
        routes += self._reports.routes()
        if self._development:
            routes += self._development.routes()
        self._pages = Starlette(routes=routes, lifespan=self._lifespan, exception_handlers=HANDLERS)
        self._identities: Gate | None = None
        self._endpoint: ASGIApp | None = None
        self._short_way: AtOnce | None = None
        self.subscriptions: Subscriptions | None = None
        self._sockets: Sockets | None = None
        self._streams: EventStreams | None = None
        self._health.draining.tell(self._leave_subscribers)

    @property
    def is_trusting(self) -> bool:
        """Whether callers are believed, as in development."""
        return self._development is not None

    @property
    def draining(self) -> Draining:
        """Whether the process is on its way out."""
        return self._health.draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or lives one lifespan."""
        if self._health.draining.begun and scope["type"] == "http":
            scope["extensions"], send = {}, closing(send)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif self._endpoint and scope["type"] == "http" and scope["path"] == GRAPHQL:
            if self._streams is not None and is_asked_for(scope):
                await self._streams(scope, receive, send)
            else:
                await self._endpoint(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    def at_once(self, headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        """Answers a usual request to the graph; None for one that takes the long way, which is this."""
        if self._short_way is None or self._health.draining.begun:
            return None
        return self._short_way(headers, body, exchange)

    async def _may_explore(self, headers: Headers) -> bool:
        """Whether the explorer is shown: to whoever may read the schema."""
        introspects = permissions(self._settings).introspects
        if introspects is everybody:
            return True
        try:
            return self._identities is not None and introspects(await self._identities.actor(headers))
        except Unauthenticated:
            return False

    async def _leave_subscribers(self) -> None:
        """Lets those who subscribe go elsewhere."""
        if self._streams is not None:
            self._streams.drain()
        if self._sockets is not None:
            await self._sockets.drain(self._settings.socket_drain_seconds)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sockets is not None and scope["path"] == GRAPHQL:
            await self._sockets(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        check_issuers(self._settings)
        async with AsyncExitStack() as stack:
            followed = stack.enter_context(following(self._settings))
            database = await stack.enter_async_context(self._database(followed))
            await check_revision(database)
            await check_role(database)
            self._health.database = self._replies.database = database
            self._reports.database = database
            graph = (followed.graph if followed else Graph)(
                build(),
                database,
                report,
                rules(self._settings),
                links=self._replies.links,
                webhooks=self._webhooks,
            )
            gate = self._identities = self._gate(database)
            let_in = entrance(self._settings)
            shows_plans = not self._settings.is_production
            endpoint = GraphQLEndpoint(graph, gate, database, let_in, shows_plans=shows_plans)
            visits = followed.visits(graph) if followed else None
            self._endpoint = endpoint
            self._short_way = ShortWay(graph, gate, let_in, visits, shows_plans=shows_plans)
            follow: Follow = unwatched
            if followed is not None:
                at_once = let_in.gate.served_at_once
                self._endpoint = FollowedRequests(endpoint, followed.beginnings, at_once)
                follow = followed.watch(graph, let_in.documents.is_trusted)
                self._observe(database)
            consuming = followed.consuming if followed else unfollowed
            jobs = (*JOBS, job(graph, self._webhooks, consuming)) if self._settings.periodic_work else ()
            async with (
                running(Timer(database, jobs, report, followed.work if followed else nullcontext)),
                counting(database, report) if followed and jobs else nullcontext(),
                delivering(self._settings, self._url, database, followed) as bus,
                subscriptions(database, bus, report, consuming) as found,
            ):
                self.subscriptions = found
                self._subscribable(Subscribing(graph, gate, let_in, found, follow), endpoint)
                _settle()
                yield
            self._endpoint = self._sockets = self._streams = self._identities = self._short_way = None

    def _subscribable(self, subscribing: Subscribing, endpoint: GraphQLEndpoint) -> None:
        most = self._settings.most_sockets
        self._sockets = Sockets(subscribing, most=most)
        self._streams = EventStreams(subscribing, endpoint, self._endpoint or endpoint, most=most)

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

    def _observe(self, database: Database) -> None:
        lending, draining = database.connections, self._health.draining
        meters.gauge(names.POOL_SIZE).set(lending.size)
        meters.gauge(names.POOL_IN_USE).ask(lambda: lending.lent_now)
        meters.gauge(names.POOL_WAITING).ask(lambda: lending.waiting_now)
        meters.gauge(names.SUBSCRIPTIONS).ask(lambda: len(self._sockets or ()), "websocket")
        meters.gauge(names.SUBSCRIPTIONS).ask(lambda: len(self._streams or ()), "sse")
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


def _settle() -> None:
    """Tells the garbage collector that the schema and all modules stay: it need not look at them again."""
    gc.collect()
    gc.freeze()


async def check_revision(database: Database) -> None:
    """Raises NotReady where the database has another schema than this version needs."""
    found, needed = await database.revision(), steps.head()
    if found != needed:
        message = f"The database is at revision {found}, not at {needed}: run `python -m infra migrate`."
        raise NotReady(message)
