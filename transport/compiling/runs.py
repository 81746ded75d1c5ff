"""What runs a compiled operation? An executor that is whole only once somebody asks for what hardly any run needs."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import GraphQLError
from graphql.execution import Executor
from graphql.execution.values import VariableValues

Begin: TypeAlias = Callable[[object, object, VariableValues, dict[str, Any] | None], Executor[Any]]
"""(root value, context, variables, extensions) -> an executor that runs once"""

_on_demand: dict[type, type] = {}


def beginning(built: Executor[Any]) -> Begin:
    """What begins other runs of the operation that the executor was built for, and keeps nothing of its run.

    A run of which everything is compiled and goes well needs the context and the variables. All else that an executor
    has (errors, work in the background, helpers that refer to it again) takes longer to make than ten fields to answer.
    """
    executor_class = built.__class__
    if executor_class not in _on_demand:
        _on_demand[executor_class] = _class_on_demand(executor_class)
    pattern = executor_class(*_arguments(built, None, None, VariableValues({}, {})), **_options(built, None))
    make = _on_demand[executor_class]
    return lambda *begun: make(pattern, *begun)


def errors_of(executor: Executor[Any]) -> list[GraphQLError] | None:
    """What went wrong; `None` if nothing did, which is not asked of an executor that has nothing to hold it."""
    collected = vars(executor).get("collected_errors")
    return None if collected is None else (collected.errors or None)


def _class_on_demand(executor_class: type[Executor[Any]]) -> type:
    class OnDemand(executor_class):  # type: ignore[misc, valid-type]
        def __init__(
            self,
            pattern: Executor[Any],
            root_value: object,
            context: object,
            values: VariableValues,
            extensions: object,
        ) -> None:
            self._pattern = pattern
            self._extensions = extensions
            self.operation = pattern.operation
            self.root_value = root_value
            self.context_value = context
            self.variable_values = values

        def __getattr__(self, name: str) -> Any:
            pattern = self.__dict__.pop("_pattern", None)
            if pattern is None:  # it is whole
                raise AttributeError(name)
            begun = _arguments(pattern, self.root_value, self.context_value, self.variable_values)
            super().__init__(*begun, **_options(pattern, self._extensions))
            return getattr(self, name)

    return OnDemand


def _arguments(pattern: Executor[Any], root_value: object, context: object, values: VariableValues) -> tuple[Any, ...]:
    return (
        pattern.schema,
        pattern.fragment_definitions,
        pattern.fragments,
        root_value,
        context,
        pattern.operation,
        values,
        pattern.field_resolver,
        pattern.type_resolver,
        pattern.subscribe_field_resolver,
    )


def _options(pattern: Executor[Any], extensions: object) -> dict[str, Any]:
    """Strawberry's own executor takes the extensions."""
    return {"hide_suggestions": pattern.hide_suggestions, "operation_extensions": extensions}
