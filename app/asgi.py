"""What does one server process answer, and what runs in it beside the requests?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app import garbage, health, metrics
from app.authentication import TokenRefused, token_verifier
from app.demo_visitors import visitor_routes
from app.documents import trusted_documents
from app.observability import configure_logging
from app.oidc import oidc_routes
from app.pages import page_routes
from app.servants import running
from app.settings import load_settings, log_key
from app.sites import SITES
from app.terminations import before_termination
from app.wiring import adapters, assemble, training_schedule
from domain.errors import Unavailable
from domain.model.principals import ANONYMOUS, Principal, Role
from prediction.serving.kinds import KINDS
from resolvers.context import RequestContext
from resolvers.repeating import made_from
from schema.build import build_schema
from schema.errors import SHOWN
from schema.operations import is_determined
from schema.sharing import shared_by
from transport.endpoint import GraphQLEndpoint
from transport.errors import Presenter, Refused
from transport.gate import Gate
from transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from app.settings import Settings
    from app.wiring import Engine
    from prediction.serving.kinds import Kinds

# Analysts explore, and services are deployed apart from the pages: neither knows its operations when those are built.
TEAM = frozenset({Role.ADMIN, Role.ANALYST, Role.SERVICE})
GRAPHQL_PATH = "/graphql"

LIMITS = Limits()

log = structlog.get_logger(__name__)


class Application:
    """The ASGI application of one process.

    `/graphql` goes straight to its endpoint: routing costs as much as answering a small request.
    """

    def __init__(self, settings: Settings, on_start: Callable[[], None] = lambda: None, kinds: Kinds = KINDS) -> None:
        """`on_start` is called once everything is built, before the first request.

        `kinds`: of models that can serve.
        """
        self._settings = settings
        self._kinds = kinds
        self._on_start = on_start
        self._graphql: GraphQLEndpoint | None = None
        self._engine: Engine | None = None
        self._pages: ASGIApp = Starlette(
            routes=[
                Route("/", self._home),
                Route("/health/live", self._live),
                Route("/health/ready", self._ready),
                *visitor_routes(settings),
                *oidc_routes(settings),
                *(route for pages in SITES for route in page_routes(pages)),
                Route("/metrics", self._metrics),
            ],
            lifespan=self._lifespan,
        )
        self._entrance: ASGIApp = self._route
        if settings.allowed_origins:
            self._entrance = CORSMiddleware(
                self._route,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                # By the date, clients notice that the clock of their device is wrong.
                expose_headers=["x-request-id", "date"],
            )

    @property
    def engine(self) -> Engine | None:
        """The engine of this process, while it runs."""
        return self._engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entrance(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._graphql is not None and scope.get("path") == GRAPHQL_PATH:
            await self._graphql(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with adapters(self._settings, self._kinds) as parts:
            engine = assemble(parts, self._settings.retention)
            try:
                await engine.use_cases.rules.refresh()
            except Unavailable as reason:
                log.warning("started_without_rules", reason=str(reason))
            servants = dict(engine.servants())
            if self._settings.folds_in_server:
                servants.update(engine.chores(self._settings.reallocate_every))
                servants["training"] = training_schedule(self._settings, parts).run
            async with running(servants):
                self._engine = engine
                self._graphql = graphql_endpoint(self._settings, engine)
                self._on_start()
                with before_termination(self._graphql.begin_to_close):
                    try:
                        yield
                    finally:
                        await self._graphql.close()

    async def _home(self, _: Request) -> Response:
        return RedirectResponse("console/")

    async def _live(self, _: Request) -> Response:
        return health.live()

    async def _ready(self, _: Request) -> Response:
        return await health.ready(self._engine.adapters.pings if self._engine is not None else {})

    async def _metrics(self, _: Request) -> Response:
        return metrics.metrics(self._graphql)


def graphql_endpoint(settings: Settings, engine: Engine, limits: Limits = LIMITS) -> GraphQLEndpoint:
    """The GraphQL API over this engine."""
    verifier = token_verifier(settings, engine.adapters.clock.now)

    async def authenticate(token: str | None) -> Principal:
        if token is None:
            return ANONYMOUS
        try:
            return await verifier.verify(token)
        except TokenRefused as refused:
            raise Refused(refused.code, refused.message) from None

    is_schema_open = settings.is_schema_open
    gate = Gate(
        authenticate=authenticate,
        recall=verifier.recall,
        context_for=lambda principal, request_id: RequestContext(principal, request_id, engine.use_cases),
        present=Presenter(SHOWN),
        clock=engine.adapters.clock,
        shared_by=shared_by,
        identity=lambda principal: principal.user_id,
        is_determined=is_determined,
        made_from=made_from,
        is_trusted=lambda principal: Role.ADMIN in principal.roles,
        may_send_any=is_of_the_team,
        may_introspect=lambda principal: is_schema_open or is_of_the_team(principal),
        origins=frozenset(settings.allowed_origins),
    )
    return GraphQLEndpoint(
        build_schema(), gate=gate, limits=limits, queries_by_get=True, manifest=trusted_documents(settings)
    )


def is_of_the_team(principal: Principal) -> bool:
    """Whoever is more than a user: no page of the application holds such a token."""
    return not principal.roles.isdisjoint(TEAM)


def from_environment() -> Application:
    """For uvicorn's worker processes, which find their settings in the environment."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level, log_key(settings))
    return Application(settings, on_start=garbage.settle)
