"""The printed schema is checked in, keeps the agreed contract, and explains itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.build import printed_schema

CHECKED_IN = Path(__file__).parents[2] / "schema" / "schema.graphql"
CONTRACT = Path(__file__).with_name("contract.graphql")

OURS = build_schema(CHECKED_IN.read_text(encoding="utf-8"))
AGREED = build_schema(CONTRACT.read_text(encoding="utf-8"))


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [t for t in schema.type_map.values() if not is_introspection_type(t) and not is_specified_scalar_type(t)]


def members(named: GraphQLNamedType) -> dict[str, Any]:
    match named:
        case GraphQLObjectType() | GraphQLInputObjectType() | GraphQLInterfaceType():
            return dict(named.fields)
        case GraphQLEnumType():
            return dict(named.values)
        case _:
            return {}


def facts(named: GraphQLNamedType) -> Iterator[str]:
    """Everything that a client may rely on, one line each."""
    yield f"{type(named).__name__} {named.name}{' @oneOf' if getattr(named, 'is_one_of', False) else ''}"
    if isinstance(named, GraphQLUnionType):
        yield from (f"{named.name} = {member.name}" for member in named.types)
    for name, member in members(named).items():
        shown = f"{named.name}.{name}"
        yield f"{shown}: {getattr(member, 'type', '')}{default(member)}"
        for argument, details in getattr(member, "args", {}).items():
            yield f"{shown}({argument}: {details.type}{default(details)})"


def default(thing: Any) -> str:
    value = getattr(thing, "default_value", Undefined)
    # Leaving out an argument whose default is null means the same as leaving out one without a default.
    return "" if value is Undefined or value is None else f" = {value}"


def described_things(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for named in own_types(schema):
        yield named.name, named.description
        for name, member in members(named).items():
            yield f"{named.name}.{name}", member.description
            for argument, details in getattr(member, "args", {}).items():
                yield f"{named.name}.{name}({argument}:)", details.description


def test_the_checked_in_schema_is_the_one_that_the_code_makes() -> None:
    assert CHECKED_IN.read_text(encoding="utf-8") == printed_schema()


@pytest.mark.parametrize("agreed", own_types(AGREED), ids=lambda agreed: agreed.name)
def test_everything_agreed_is_there_exactly_as_agreed(agreed: GraphQLNamedType) -> None:
    ours = OURS.type_map.get(agreed.name)
    assert ours is not None
    assert set(facts(agreed)) <= set(facts(ours))


@pytest.mark.parametrize("agreed", own_types(AGREED), ids=lambda agreed: agreed.name)
def test_no_argument_that_was_not_agreed_is_required(agreed: GraphQLNamedType) -> None:
    ours = members(OURS.type_map[agreed.name])
    for name, member in members(agreed).items():
        new = getattr(ours[name], "args", {}).keys() - getattr(member, "args", {}).keys()
        assert not [argument for argument in new if str(ours[name].args[argument].type).endswith("!")]


def test_every_type_field_argument_and_enum_value_is_described() -> None:
    undescribed = [name for name, description in described_things(OURS) if not (description or "").strip()]
    assert undescribed == []
