"""What does a resolver learn of the run that it is part of? Everything, but put together only when it asks.

Nearly every resolver wants the context and nothing else; the path and the fourteen other things cost more than it does.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

import strawberry
from graphql.execution import Executor

from transport.compiling.places import Place

MakeInfo: TypeAlias = Callable[[Executor[Any], Any, Place], Any]
"""(executor, what is asked, its place) -> Strawberry's info"""


_made: dict[type, MakeInfo] = {}


def info_on_demand(info_class: type) -> MakeInfo:
    """A class like this one of Strawberry's or a schema's own, of which the parts are made when they are wanted."""
    if info_class not in _made:
        _made[info_class] = _on_demand(info_class)
    return _made[info_class]


def _on_demand(info_class: type) -> MakeInfo:
    members = {"_raw_info": cached_property(_put_together), "_field": property(_field)}
    if getattr(info_class, "context", None) is strawberry.Info.context:
        return type(info_class.__name__, (info_class,), {**members, "__init__": _begin_with_context, "context": None})
    return type(info_class.__name__, (info_class,), {**members, "__init__": _begin})  # it has a context of its own


def _begin(self: Any, executor: Executor[Any], asked: Any, place: Place) -> None:
    self._executor = executor
    self._asked = asked
    self._place = place


def _begin_with_context(self: Any, executor: Executor[Any], asked: Any, place: Place) -> None:
    self._executor = executor
    self._asked = asked
    self._place = place
    self.context = executor.context_value


def _put_together(self: Any) -> Any:
    return self._asked.info(self._executor, self._place)


def _field(self: Any) -> Any:
    return self._asked.as_declared
