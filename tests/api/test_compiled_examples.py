"""Is everything compiled that readers of the README, users of GraphiQL and the application's own pages send?"""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.executor import default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues

from schema.build import build_schema
from tests.api.test_graphiql_examples import TABS
from tests.e2e.test_readme import EXAMPLES
from transport.compiling.operations import CompiledOperation, LeftToTheExecutor

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema()
# Also those of applications in this repository, where they keep operations in files of their own.
FILES = [path.read_text() for path in sorted(ROOT.glob("web/*/src/**/*.graphql"))]


@pytest.mark.parametrize("text", [*EXAMPLES, *(tab["query"] for tab in TABS), *FILES])
def test_every_operation_is_compiled(text: str) -> None:
    document = parse(text)
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    details = {name: FragmentDetails(fragment, None) for name, fragment in fragments.items()}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            executor = SCHEMA.execution_context_class(
                SCHEMA._schema,
                fragments,
                details,
                None,
                None,
                operation,
                VariableValues({}, {}),
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
            )
            selection = CompiledOperation(SCHEMA, document, operation).selection(executor)
            assert not isinstance(selection, LeftToTheExecutor)
            assert selection.parts
