"""How is an operation begun again? From what was found out when it was begun first: only the variables are new."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLNonNull, Undefined
from graphql.execution import Executor
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from transport.coercions import Coercions, Unfit
from transport.compiling.runs import Begin, beginning


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One operation of a document, as graphql-core found it. `signatures`: of its variables; `begin`: runs it once.

    What `Executor.build` of graphql-core 3.3.2 does at every run (checking the schema, looking for the operation and
    the fragments, resolving the types of the variables) takes twice as long as coercing the variables.
    """

    signatures: tuple[GraphQLVariableSignature, ...]
    begin: Begin

    @classmethod
    def of(cls, executor: Executor[Any]) -> "Blueprint":
        """`executor`: one that graphql-core has built."""
        definitions = executor.operation.variable_definitions or ()
        signatures = tuple(get_variable_signature(executor.schema, definition) for definition in definitions)
        known = tuple(signature for signature in signatures if not isinstance(signature, GraphQLError))
        return cls(known, beginning(executor))

    def executor(
        self, raw: Mapping[str, Any], coercions: Coercions, context: object, extensions: dict[str, Any] | None
    ) -> Executor[Any] | None:
        """The executor of one run; `None` where graphql-core shall say what it thinks of the variables."""
        try:
            values = self.values(raw, coercions)
        except Unfit:
            return None
        return self.begin(None, context, values, extensions)

    def values(self, raw: Mapping[str, Any], coercions: Coercions) -> VariableValues:
        """The variables as graphql-core coerces them; raises `Unfit` where one may be refused, or has a default."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self.signatures:
            name, type_ = signature.name, signature.type
            value = raw.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is not Undefined:
                coerced[name] = coercions.coerced(value, type_)
            elif signature.default is not None or isinstance(type_, GraphQLNonNull):
                raise Unfit
        return VariableValues(sources, coerced)
