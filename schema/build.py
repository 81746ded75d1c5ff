"""What is the whole contract, executable and in print?"""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


def build_schema() -> strawberry.Schema:
    """The schema; one serves a whole process."""
    return strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS)
    )


def printed_schema() -> str:
    """The SDL as it is checked in at `schema/schema.graphql`."""
    return build_schema().as_str().rstrip("\n") + "\n"
