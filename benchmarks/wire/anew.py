"""What does the engine cost when it keeps no answers? `attune`, whose endpoint makes each of them anew.

`python -m benchmarks.wire.anew serve --port PORT`. Keeping is no setting: nobody but a benchmark wants it away.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from app import asgi
from app.cli.main import main
from transport.endpoint import GraphQLEndpoint
from transport.limits import Limits

if TYPE_CHECKING:
    import strawberry

NONE_KEPT: dict[str, Any] = {field.name: 0 for field in fields(Limits) if field.name == "kept_answers"}


class EndpointThatKeepsNone(GraphQLEndpoint):
    def __init__(self, schema: strawberry.Schema, *, limits: Limits, **options: Any) -> None:
        super().__init__(schema, limits=replace(limits, **NONE_KEPT), **options)


if __name__ == "__main__":
    vars(asgi)["GraphQLEndpoint"] = EndpointThatKeepsNone
    main()
