"""What can this process be watched by? A page of figures in Prometheus' text format, none of them about anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from transport.compiling.operations import LeftToTheExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transport.endpoint import GraphQLEndpoint

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(endpoint: GraphQLEndpoint | None) -> Response:
    """The figures of the endpoint; none while it is starting."""
    lines = [] if endpoint is None else list(_lines(endpoint))
    return Response("\n".join([*lines, ""]), media_type=MEDIA_TYPE)


def _lines(endpoint: GraphQLEndpoint) -> Iterator[str]:
    operations = endpoint.operations
    kept, left = operations.kept, operations.left_to_the_executor
    by_reason = {f'{{reason="{reason.value}"}}': left[reason] for reason in LeftToTheExecutor}
    yield from _metric("attune_sockets", "gauge", "Open WebSockets and event streams.", {"": endpoint.connections})
    yield from _metric("attune_answers_kept", "gauge", "Answers kept as bytes.", {"": len(kept)})
    yield from _metric("attune_answers_kept_bytes", "gauge", "What they take, about.", {"": kept.size_bytes})
    answers = {'{from="bytes"}': kept.given, '{from="execution"}': kept.made}
    yield from _metric("attune_answers_total", "counter", "Answers to operations that can be kept as bytes.", answers)
    meaning = "Operations that were not compiled."
    yield from _metric("attune_operations_left_to_graphql_core_total", "counter", meaning, by_reason)


def _metric(name: str, kind: str, meaning: str, samples: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
    for labels, figure in samples.items():
        yield f"{name}{labels} {figure}"
