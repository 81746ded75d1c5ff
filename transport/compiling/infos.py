"""What does a resolver learn of the run that it is part of? Everything, but put together only when it asks.

Nearly every resolver wants the context and nothing else; the path and the fourteen other things cost more than it does.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

import strawberry
from graphql.execution import Executor

MakeInfo: TypeAlias = Callable[[Executor[Any], Callable[[], Any], Any], Any]
"""(executor, what puts graphql-core's info together, the field in Strawberry's words) -> Strawberry's info"""


_made: dict[type, MakeInfo] = {}


def info_on_demand(info_class: type) -> MakeInfo:
    """A class like this one of Strawberry's or a schema's own, of which the parts are made when they are wanted."""
    if info_class not in _made:
        _made[info_class] = _on_demand(info_class)
    return _made[info_class]


def _on_demand(info_class: type) -> MakeInfo:
    members: dict[str, Any] = {"__init__": _begin, "_raw_info": cached_property(_put_together)}
    if getattr(info_class, "context", None) is strawberry.Info.context:  # not one of a schema's own
        members["context"] = property(_context)
    return type(info_class.__name__, (info_class,), members)


def _begin(self: Any, executor: Executor[Any], put_together: Callable[[], Any], field: Any) -> None:
    self._executor = executor
    self._put_together = put_together
    self._field = field


def _put_together(self: Any) -> Any:
    return self._put_together()


def _context(self: Any) -> Any:
    return self._executor.context_value
