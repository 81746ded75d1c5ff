"""What does a resolved value become in the answer? One function per type and place, as the specification says.

Follows `Executor.complete_value` of graphql-core 3.3.2 case by case: the same values, errors and order of both.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from math import isfinite
from types import CoroutineType
from typing import Any, TypeAlias, TypeGuard

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import Path, gather_with_cancel, is_iterable
from graphql.type.definition import GraphQLAbstractType

from transport.compiling.resolving import Asked

Complete: TypeAlias = Callable[[Executor[Any], Any, Path], Any]
"""(executor, value, its path) -> what stands in the answer, or a coroutine of it"""

Execute: TypeAlias = Callable[[Executor[Any], Any, Path | None], Any]
"""(executor, object, its path) -> the object in the answer, or a coroutine of it"""

Select: TypeAlias = Callable[[GraphQLObjectType], Execute]
"""What is asked of objects of a type at this place."""

_FROM_INT, _TO_INT = -(2**31), 2**31 - 1
_WRITTEN_AS_THEY_ARE: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


def is_coroutine(completed: object) -> "TypeGuard[CoroutineType[Any, Any, Any]]":
    """Has the value still to be waited for? Whatever stands in an answer is JSON, and never a coroutine."""
    return completed.__class__ is CoroutineType


def as_it_is(type_: GraphQLOutputType) -> Callable[[Any], bool] | None:
    """Tells of a value whether it stands in the answer just as it is; `None`: of no value that can be told for sure."""
    if not isinstance(type_, GraphQLNonNull):
        is_fitting = as_it_is(GraphQLNonNull(type_))
        return None if is_fitting is None else lambda value: value is None or is_fitting(value)
    named = type_.of_type
    if named is GraphQLInt:
        return lambda value: value.__class__ is int and _FROM_INT <= value <= _TO_INT
    if named is GraphQLFloat:
        return lambda value: value.__class__ is float and isfinite(value)
    exactly = _WRITTEN_AS_THEY_ARE.get(named)
    return None if exactly is None else lambda value: value.__class__ is exactly


def completion(type_: GraphQLOutputType, asked: Asked, select: Select, *, lists: int = 0) -> Complete:
    """The completion of values of a type at a place; `lists`: in how many lists of the field's value they stand."""
    if isinstance(type_, GraphQLNonNull):
        return _non_null(completion(type_.of_type, asked, select, lists=lists), asked)
    if isinstance(type_, GraphQLList):
        item = guarded(type_.of_type, completion(type_.of_type, asked, select, lists=lists + 1), asked)
        return _list(_unless_fitting(as_it_is(type_.of_type), item), asked)
    if is_leaf_type(type_):
        return _leaf(type_)
    if is_abstract_type(type_):
        return _abstract(type_, asked, select, lists)
    if isinstance(type_, GraphQLObjectType):
        return _object(type_, asked, select, lists)
    raise TypeError(f"There is no output type {type_}.")


def _non_null(complete: Complete, asked: Asked) -> Complete:
    message = f"Cannot return null for non-nullable field {asked.parent_type}.{asked.name}."

    def non_null(executor: Executor[Any], value: Any, path: Path) -> Any:
        completed = complete(executor, value, path)
        if completed is None:
            raise TypeError(message)
        return completed

    return non_null


def _leaf(type_: GraphQLLeafType) -> Complete:
    complete_leaf_value = Executor.complete_leaf_value

    def leaf(_executor: Executor[Any], value: Any, _path: Path) -> Any:
        if _is_nothing(value):
            return None
        return complete_leaf_value(type_, value)

    return leaf


def _object(type_: GraphQLObjectType, asked: Asked, select: Select, lists: int) -> Complete:
    execute, is_type_of = select(type_), type_.is_type_of

    def unchecked(executor: Executor[Any], value: Any, path: Path) -> Any:
        return None if _is_nothing(value) else execute(executor, value, path)

    if is_type_of is None:
        return unchecked

    async def once_known(executor: Executor[Any], value: Any, path: Path, is_one: Awaitable[bool]) -> Any:
        if not await is_one:
            raise invalid_return_type_error(type_, value, _details(asked))
        return await _waited_for(execute(executor, value, path))

    def checked(executor: Executor[Any], value: Any, path: Path) -> Any:
        if _is_nothing(value):
            return None
        is_one = is_type_of(value, asked.info(executor, _of_field(path, lists)))
        if executor.is_awaitable(is_one):
            return once_known(executor, value, path, is_one)
        if not is_one:
            raise invalid_return_type_error(type_, value, _details(asked))
        return execute(executor, value, path)

    return checked


def _abstract(type_: GraphQLAbstractType, asked: Asked, select: Select, lists: int) -> Complete:
    possible: dict[GraphQLObjectType, Complete] = {}

    def one_of(executor: Executor[Any], value: Any, path: Path, info: Any, name: object) -> Any:
        valid = executor.ensure_valid_runtime_type(name, type_, _details(asked), info, value)
        complete = possible.get(valid)
        if complete is None:
            complete = possible[valid] = _object(valid, asked, select, lists)
        return complete(executor, value, path)

    async def once_known(executor: Executor[Any], value: Any, path: Path, info: Any, name: Awaitable[object]) -> Any:
        return await _waited_for(one_of(executor, value, path, info, await name))

    def abstract(executor: Executor[Any], value: Any, path: Path) -> Any:
        if _is_nothing(value):
            return None
        info = asked.info(executor, _of_field(path, lists))
        name = (type_.resolve_type or executor.type_resolver)(value, info, type_)
        if executor.is_awaitable(name):
            return once_known(executor, value, path, info, name)
        return one_of(executor, value, path, info, name)

    return abstract


def _list(complete_item: Complete, asked: Asked) -> Complete:
    no_list = f"Expected Iterable, but did not find one for field '{asked.parent_type}.{asked.name}'."

    async def drained(executor: Executor[Any], values: AsyncIterable[Any], path: Path) -> Any:
        return await _waited_for(_completed_items(executor, [value async for value in values], path, complete_item))

    def of_list(executor: Executor[Any], value: Any, path: Path) -> Any:
        if _is_nothing(value):
            return None
        if value.__class__ is not list:
            if executor.is_async_iterable(value):
                return drained(executor, value, path)
            if not is_iterable(value):
                raise GraphQLError(no_list)
        return _completed_items(executor, value, path, complete_item)

    return of_list


def _completed_items(executor: Executor[Any], values: Iterable[Any], path: Path, complete: Complete) -> Any:
    items: list[Any] = []
    waiting: list[int] = []
    try:
        for index, value in enumerate(values):
            item = complete(executor, value, Path(path, index, None))
            items.append(item)
            if is_coroutine(item):
                waiting.append(index)
    except Exception:
        if waiting:
            executor.settle_in_background([items[index] for index in waiting])
        raise
    return in_place(items, waiting) if waiting else items


def guarded(type_: GraphQLOutputType, complete: Complete, asked: Asked) -> Complete:
    """The completion of a value that may have to be waited for; where it fails, it is null.

    Where null may not be, the error is raised with its place, and what contains the value fails.
    """

    async def later(executor: Executor[Any], value: Awaitable[Any], path: Path) -> Any:
        try:
            return await _waited_for(complete(executor, await value, path))
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is an error of its field
            return failed(executor, error, type_, path, asked)

    async def waited_for(executor: Executor[Any], completed: Awaitable[Any], path: Path) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001
            return failed(executor, error, type_, path, asked)

    def guarding(executor: Executor[Any], value: Any, path: Path) -> Any:
        if executor.is_awaitable(value):
            return later(executor, value, path)
        try:
            completed = complete(executor, value, path)
        except Exception as error:  # noqa: BLE001
            return failed(executor, error, type_, path, asked)
        return waited_for(executor, completed, path) if is_coroutine(completed) else completed

    return guarding


def _unless_fitting(is_fitting: Callable[[Any], bool] | None, thoroughly: Complete) -> Complete:
    if is_fitting is None:
        return thoroughly
    return lambda executor, value, path: value if is_fitting(value) else thoroughly(executor, value, path)


def failed(executor: Executor[Any], error: Exception, type_: GraphQLOutputType, path: Path, asked: Asked) -> None:
    """Null, with the error noted; raises the error with its place where null may not be."""
    executor.handle_field_error(error, type_, _details(asked), path)


async def in_place(completed: Any, waiting: list[Any]) -> Any:
    """A list or object in which, at some places, coroutines stand: they are waited for together."""
    if len(waiting) == 1:
        completed[waiting[0]] = await completed[waiting[0]]
    else:
        values = await gather_with_cancel(*(completed[place] for place in waiting))
        for place, value in zip(waiting, values, strict=True):
            completed[place] = value
    return completed


async def _waited_for(completed: Any) -> Any:
    return await completed if is_coroutine(completed) else completed


def _is_nothing(value: object) -> bool:
    """Would it be null? Raises an exception that a resolver returned instead of raising it."""
    if isinstance(value, Exception):
        raise value
    return value is None or value is Undefined


def _of_field(path: Path, lists: int) -> Path:
    """The path of the field of which a value so deep in lists is a part."""
    for _ in range(lists):
        path = path.prev or path
    return path


def _details(asked: Asked) -> list[FieldDetails]:
    return [FieldDetails(node, None) for node in asked.nodes]
