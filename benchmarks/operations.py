"""What does executing one config query cost inside the server: compiled, by graphql-core, and as plain Python?"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from app import garbage
from app.embedded.services import start_embedded
from app.servants import running
from app.settings import load_settings
from app.wiring import adapters, assemble
from benchmarks.configs import CONTEXT, QUERY
from benchmarks.tables import Figure, machine, show
from domain.model.principals import Principal, Role
from domain.model.users import UserId
from migrations.runner import migrate
from resolvers import configs
from resolvers.context import RequestContext
from schema.build import build_schema
from schema.scalars import write_instant
from transport.blueprints import Blueprint
from transport.errors import Presenter
from transport.gate import Gate
from transport.limits import Limits
from transport.operations import Operations
from transport.requests import GraphQLRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from domain.model.configs import Config

USER = UserId("ann")
WHO = Principal(USER, frozenset({Role.USER}))
ASKED = GraphQLRequest(QUERY, "Config", {"context": CONTEXT}, None)
TRAITS = 'mutation { updateProfile(input: { traits: { plan: "pro" } }) { userErrors { message } } }'
FEATURE = (
    'mutation { saveCatalogue(input: { features: { key: "export", name: "Export" } }) { userErrors { message } } }'
)
ADMIN = Principal(UserId("admin"), frozenset({Role.ADMIN}))
RUNS, ROUNDS = 300, 15


@dataclass(frozen=True, slots=True)
class Measured:
    """Microseconds of processor time an operation: the least of many rounds, taken in turns."""

    deciding: float
    straight: float
    compiled: float
    reference: float
    whole: float


async def measure() -> list[Figure]:
    """The answer has 25 fields, of a user whose profile is in memory; deciding the config is in all figures."""
    async with _operations() as (operations, context):
        found = await _measured(operations, context)
    floor = f"straight Python {found.straight:.1f} µs, of which deciding is {found.deciding:.1f}"
    return [
        Figure(name, f"{cost:.1f} µs", floor, f"{cost / found.straight:.1f} x the floor")
        for name, cost in (
            ("config query executed, compiled", found.compiled),
            ("the same by graphql-core and Strawberry", found.reference),
            ("the same compiled, begun and written as bytes", found.whole),
        )
    ]


async def _measured(operations: Operations, context: RequestContext) -> Measured:
    async def deciding() -> object:
        return await configs.config(context, USER, CONTEXT)

    async def straight() -> object:
        return {"viewer": {"id": USER, "config": _in_words(await configs.config(context, USER, CONTEXT))}}

    async def compiled() -> object:
        return await _known(operations.execute(prepared, again()))

    async def reference() -> object:
        return await _known(again().execute_operation())

    async def whole() -> object:
        return await operations.begin(ASKED, WHO, "id").answer()

    prepared = operations.documents.prepared(QUERY)
    first = _built(operations, prepared.document, context)
    again = partial(Blueprint.of(first).begin, None, context, first.variable_values, None)
    ways = (deciding, straight, compiled, reference, whole)
    for way in ways:
        await _microseconds(way)
    rounds = [[await _microseconds(way) for way in ways] for _ in range(ROUNDS)]
    return Measured(*(min(costs) for costs in zip(*rounds, strict=True)))


def _built(operations: Operations, document: Any, context: RequestContext) -> Any:
    return operations.executor_class.build(
        operations.schema, document, None, context, ASKED.variables, "Config", operation_extensions=None
    )


async def _known(result: Any) -> object:
    return await result if hasattr(result, "__await__") else result


async def _microseconds(way: Callable[[], Awaitable[object]]) -> float:
    began = time.process_time()
    for _ in range(RUNS):
        await way()
    return (time.process_time() - began) / RUNS * 1e6


def _in_words(config: Config) -> dict[str, Any]:
    """What somebody would write who needed this one answer only."""
    holds_until = config.holds_until
    return {
        "revision": config.revision,
        "source": config.source.value,
        "decidedAt": write_instant(config.decided_at),
        "holdsUntil": None if holds_until is None else write_instant(holds_until),
        "theme": {"mode": config.theme_mode.value},
        "layout": {"density": config.density.value},
        "features": [{"key": f.key, "visible": f.visible, "highlighted": f.highlighted} for f in config.features],
        "navigation": {"order": [*config.navigation], "shortcuts": [*config.shortcuts]},
        "content": {
            "difficulty": config.difficulty.value,
            "include": [*config.include],
            "exclude": [*config.exclude],
        },
        "recommendations": [
            {"feature": r.feature, "score": r.score, "reason": r.reason} for r in config.recommendations
        ],
        "parameters": {**config.parameters},
        "decisions": [{"slot": d.slot, "variation": d.variation, "rule": None} for d in config.decisions],
    }


@asynccontextmanager
async def _operations() -> AsyncIterator[tuple[Operations, RequestContext]]:
    """An engine in this process, on stores of its own, with one user, one feature and no rules."""
    with TemporaryDirectory(prefix="attune-bench-") as folder, start_embedded(Path(folder)) as services:
        await migrate(services.database_url)
        settings = load_settings(
            database_url=services.database_url, redis_url=services.redis_url, data_dir=Path(folder), train_every="off"
        )
        async with adapters(settings) as parts:
            engine = assemble(parts)
            await engine.use_cases.rules.refresh()
            async with running(dict(engine.servants())):
                gate = Gate(
                    authenticate=_anybody,
                    context_for=lambda who, request_id: RequestContext(who, request_id, engine.use_cases),
                    present=Presenter(),
                )
                operations = Operations(build_schema(), gate, Limits())
                for who, said in ((WHO, TRAITS), (ADMIN, FEATURE)):
                    await operations.begin(GraphQLRequest(said, None, None, None), who, "id").answer()
                garbage.settle()
                yield operations, RequestContext(WHO, "id", engine.use_cases)


async def _anybody(_token: str | None) -> Principal:
    return WHO


if __name__ == "__main__":
    show(f"Attune on {machine()}", asyncio.run(measure()))
