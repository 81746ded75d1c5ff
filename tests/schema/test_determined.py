"""Which fields are declared as determined by a config? Adding one means that its answer is kept as bytes."""

from __future__ import annotations

from graphql import GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.operations import is_determined
from tests.schema.asking import SCHEMA

DECLARED = {
    "Query": {"viewer", "user"},
    "Subscription": {"configUpdated"},
    "User": {"config"},
    "Config": {"theme", "layout", "features", "feature", "navigation", "content", "recommendations", "parameters"}
    | {"decisions"},
    "Decision": {"rule", "lost"},
}
"""Methods only; what is just an attribute is determined with its object."""


def declared(of_type: GraphQLObjectType) -> set[str]:
    fields = {name: field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF] for name, field in of_type.fields.items()}
    return {name for name, field in fields.items() if not field.is_basic_field and is_determined(field)}


def test_only_these_methods_are_declared_as_determined() -> None:
    types = [declared for declared in SCHEMA._schema.type_map.values() if isinstance(declared, GraphQLObjectType)]
    own = [one for one in types if GraphQLCoreConverter.DEFINITION_BACKREF in (one.extensions or {})]
    found = {one.name: methods for one in own if (methods := declared(one))}
    assert found == DECLARED
