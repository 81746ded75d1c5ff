"""What is the whole contract, executable and in print?"""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition

from schema.inputs.documents import as_it_is
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


def build_schema() -> strawberry.Schema:
    """The schema; one serves a whole process."""
    schema = strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS)
    )
    _check_one_of_by_graphql(schema._schema)  # noqa: SLF001 - Strawberry has no public name for the graphql-core schema
    _take_documents_as_they_are(schema)
    return schema


def core_schema() -> GraphQLSchema:
    """The schema as graphql-core has it, to hold documents against."""
    return build_schema()._schema  # noqa: SLF001 - Strawberry has no public name for it


def printed_schema() -> str:
    """The SDL as it is checked in at `schema/schema.graphql`."""
    return build_schema().as_str().rstrip("\n") + "\n"


def _check_one_of_by_graphql(schema: GraphQLSchema) -> None:
    """Strawberry checks `@oneOf` itself, and its refusal does not say where; graphql-core's does, once it is told.

    In a condition of two hundred parts, "exactly one key" without a place helps nobody.
    """
    for declared in schema.type_map.values():
        definition = (declared.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(declared, GraphQLInputObjectType) and getattr(definition, "is_one_of", False):
            declared.is_one_of = True
            declared.out_type = GraphQLInputObjectType.out_type  # type: ignore[method-assign]  # undoes Strawberry's


def _take_documents_as_they_are(schema: strawberry.Schema) -> None:
    """Spare Strawberry to look at each of 5,000 interactions only to find that it stays what it is.

    Now that the schema is built, what stands in the registry of scalars only says which values are not converted.
    """
    registry = schema.schema_converter.scalar_registry
    for declared in schema.schema_converter.type_map.values():
        definition = declared.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.from_input is as_it_is:
            registry[definition.origin] = registry[JSON]
