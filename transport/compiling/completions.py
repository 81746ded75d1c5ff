"""What does a resolved value become in the answer? One function per type and place, as the specification says.

Follows `Executor.complete_value` of graphql-core 3.3.2 case by case: the same values, errors and order of both.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from types import CoroutineType
from typing import Any, Protocol, TypeAlias, TypeGuard

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import gather_with_cancel, is_iterable
from graphql.type.definition import GraphQLAbstractType

from transport.compiling.places import Place, path_of
from transport.compiling.resolving import Asked
from transport.compiling.shortcuts import UNFIT, Short, short_of

Complete: TypeAlias = Callable[[Executor[Any], Any, Place], Any]
"""(executor, value, its place) -> what stands in the answer, or a coroutine of it"""


class Execute(Protocol):
    """What is asked of objects of a type. `answer`: executor, object, its place -> the object in the answer, or a
    coroutine of it; as long as it is asked, it may become another function that answers the same, faster.
    """

    answer: Callable[[Executor[Any], Any, Place | None], Any]


Select: TypeAlias = Callable[[GraphQLObjectType], Execute]
"""What is asked of objects of a type at this place."""


def is_coroutine(completed: object) -> "TypeGuard[CoroutineType[Any, Any, Any]]":
    """Has the value still to be waited for? Whatever stands in an answer is JSON, and never a coroutine."""
    return completed.__class__ is CoroutineType


def completion(type_: GraphQLOutputType, asked: Asked, select: Select, *, lists: int = 0) -> Complete:
    """The completion of values of a type at a place; `lists`: in how many lists of the field's value they stand."""
    if isinstance(type_, GraphQLNonNull):
        return _non_null(completion(type_.of_type, asked, select, lists=lists), asked)
    if isinstance(type_, GraphQLList):
        item = guarded(type_.of_type, completion(type_.of_type, asked, select, lists=lists + 1), asked)
        return _list(unless_short(short_of(type_.of_type), item), asked)
    if is_leaf_type(type_):
        return _leaf(type_)
    if is_abstract_type(type_):
        return _abstract(type_, asked, select, lists)
    if isinstance(type_, GraphQLObjectType):
        return _object(type_, asked, select, lists)
    raise TypeError(f"There is no output type {type_}.")


def _non_null(complete: Complete, asked: Asked) -> Complete:
    message = f"Cannot return null for non-nullable field {asked.parent_type}.{asked.name}."

    def non_null(executor: Executor[Any], value: Any, place: Place) -> Any:
        completed = complete(executor, value, place)
        if completed is None:
            raise TypeError(message)
        return completed

    return non_null


def _leaf(type_: GraphQLLeafType) -> Complete:
    complete_leaf_value = Executor.complete_leaf_value

    def leaf(_executor: Executor[Any], value: Any, _place: Place) -> Any:
        if _is_nothing(value):
            return None
        return complete_leaf_value(type_, value)

    return leaf


def _object(type_: GraphQLObjectType, asked: Asked, select: Select, lists: int) -> Complete:
    selection, is_type_of = select(type_), type_.is_type_of

    def unchecked(executor: Executor[Any], value: Any, place: Place) -> Any:
        return None if _is_nothing(value) else selection.answer(executor, value, place)

    if is_type_of is None:
        return unchecked

    async def once_known(executor: Executor[Any], value: Any, place: Place, is_one: Awaitable[bool]) -> Any:
        if not await is_one:
            raise invalid_return_type_error(type_, value, _details(asked))
        return await _waited_for(selection.answer(executor, value, place))

    def checked(executor: Executor[Any], value: Any, place: Place) -> Any:
        if _is_nothing(value):
            return None
        is_one = is_type_of(value, asked.info(executor, _of_field(place, lists)))
        if executor.is_awaitable(is_one):
            return once_known(executor, value, place, is_one)
        if not is_one:
            raise invalid_return_type_error(type_, value, _details(asked))
        return selection.answer(executor, value, place)

    return checked


def _abstract(type_: GraphQLAbstractType, asked: Asked, select: Select, lists: int) -> Complete:
    possible: dict[GraphQLObjectType, Complete] = {}

    def one_of(executor: Executor[Any], value: Any, place: Place, info: Any, name: object) -> Any:
        valid = executor.ensure_valid_runtime_type(name, type_, _details(asked), info, value)
        complete = possible.get(valid)
        if complete is None:
            complete = possible[valid] = _object(valid, asked, select, lists)
        return complete(executor, value, place)

    async def once_known(executor: Executor[Any], value: Any, place: Place, info: Any, name: Awaitable[object]) -> Any:
        return await _waited_for(one_of(executor, value, place, info, await name))

    def abstract(executor: Executor[Any], value: Any, place: Place) -> Any:
        if _is_nothing(value):
            return None
        info = asked.info(executor, _of_field(place, lists))
        name = (type_.resolve_type or executor.type_resolver)(value, info, type_)
        if executor.is_awaitable(name):
            return once_known(executor, value, place, info, name)
        return one_of(executor, value, place, info, name)

    return abstract


def _list(complete_item: Complete, asked: Asked) -> Complete:
    no_list = f"Expected Iterable, but did not find one for field '{asked.parent_type}.{asked.name}'."

    async def drained(executor: Executor[Any], values: AsyncIterable[Any], place: Place) -> Any:
        return await _waited_for(_completed_items(executor, [value async for value in values], place, complete_item))

    def of_list(executor: Executor[Any], value: Any, place: Place) -> Any:
        if _is_nothing(value):
            return None
        if value.__class__ is not list:
            if executor.is_async_iterable(value):
                return drained(executor, value, place)
            if not is_iterable(value):
                raise GraphQLError(no_list)
        return _completed_items(executor, value, place, complete_item)

    return of_list


def _completed_items(executor: Executor[Any], values: Iterable[Any], place: Place, complete: Complete) -> Any:
    items: list[Any] = []
    waiting: list[int] = []
    try:
        for index, value in enumerate(values):
            item = complete(executor, value, (place, index, None))
            items.append(item)
            if is_coroutine(item):
                waiting.append(index)
    except Exception:
        forsaken(executor, items)
        raise
    return in_place(items, waiting) if waiting else items


def forsaken(executor: Executor[Any], completed: Iterable[Any]) -> None:
    """See to what has begun already of a list or object that is lost."""
    waiting: list[Awaitable[Any]] = [field for field in completed if is_coroutine(field)]
    if waiting:
        executor.settle_in_background(waiting)


def guarded(type_: GraphQLOutputType, complete: Complete, asked: Asked) -> Complete:
    """The completion of a value that may have to be waited for; where it fails, it is null.

    Where null may not be, the error is raised with its place, and what contains the value fails.
    """

    async def later(executor: Executor[Any], value: Awaitable[Any], place: Place) -> Any:
        try:
            return await _waited_for(complete(executor, await value, place))
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is an error of its field
            return failed(executor, error, type_, place, asked)

    def guarding(executor: Executor[Any], value: Any, place: Place) -> Any:
        if executor.is_awaitable(value):
            return later(executor, value, place)
        try:
            completed = complete(executor, value, place)
        except Exception as error:  # noqa: BLE001
            return failed(executor, error, type_, place, asked)
        return waited_for(executor, completed, type_, place, asked) if is_coroutine(completed) else completed

    return guarding


def unless_short(short: Short | None, thoroughly: Complete) -> Complete:
    """The completion, which is spared where a shortcut leads to the same."""
    if short is None:
        return thoroughly

    def complete(executor: Executor[Any], value: Any, place: Place) -> Any:
        completed = short(value)
        return thoroughly(executor, value, place) if completed is UNFIT else completed

    return complete


async def waited_for(
    executor: Executor[Any], completed: Awaitable[Any], type_: GraphQLOutputType, place: Place, asked: Asked
) -> Any:
    """What has to be waited for, guarded."""
    try:
        return await completed
    except Exception as error:  # noqa: BLE001 - whatever a resolver raises is an error of its field
        return failed(executor, error, type_, place, asked)


def failed(executor: Executor[Any], error: Exception, type_: GraphQLOutputType, place: Place, asked: Asked) -> None:
    """Null, with the error noted; raises the error with its place where null may not be."""
    executor.handle_field_error(error, type_, _details(asked), path_of(place))


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


def _of_field(place: Place, lists: int) -> Place:
    """The place of the field of which a value so deep in lists is a part."""
    for _ in range(lists):
        place = place[0] or place
    return place


def _details(asked: Asked) -> list[FieldDetails]:
    return [FieldDetails(node, None) for node in asked.nodes]
