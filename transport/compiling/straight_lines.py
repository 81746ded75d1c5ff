"""How is an object answered without a loop over its fields? By a function whose source is written for them.

For `{ key visible source config { theme } }` it is, in short:

    def answer(executor, value, place):
        irregular = False
        try:
            try:
                v0 = value.key
                v1 = value.visible
                v2 = value.source
            except Exception:
                v0 = v1 = v2 = UNFIT
            if v0.__class__ is not str:
                v0 = answer0(executor, value, place); irregular = True
            ...
            if v2.__class__ is class2:
                v2 = names2[v2]
            else:
                v2 = answer2(executor, value, place); irregular = True
            p3 = (place, 'config', 'User')
            try:
                v3 = resolve3(executor, value, p3)
                if v3.__class__ in plain3:
                    v3 = selection3.answer(executor, v3, p3)
                    if v3.__class__ is not dict:
                        v3 = later3(executor, v3, p3); irregular = True
                else:
                    v3 = complete3(executor, v3, p3); irregular = irregular or v3.__class__ is Coroutine
            except Exception as error:
                v3 = fail3(executor, error, p3)
        except Exception:
            forsaken(executor, locals().values())
            raise
        completed = {'key': v0, 'visible': v1, 'source': v2, 'config': v3}
        return gathered(completed) if irregular else completed

An attribute that is not as expected is left to `Part.answer`, the field's own function, which begins anew; what a
resolver says is completed thoroughly then.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import GraphQLEnumType, GraphQLFloat, GraphQLInt, GraphQLList, GraphQLOutputType
from graphql.execution import Executor

from transport.compiling.completions import Complete, Execute, forsaken, in_place, is_coroutine
from transport.compiling.places import Place
from transport.compiling.resolving import Resolve
from transport.compiling.shortcuts import AS_THEY_ARE, FROM_INT, TO_INT, UNFIT, names_of, nullable, short_of

Answer: TypeAlias = Callable[[Executor[Any], Any, Place | None], Any]
"""(executor, object, place of the object) -> the field in the answer, or a coroutine of it"""

Fail: TypeAlias = Callable[[Executor[Any], Exception, Place], None]
"""(executor, what went wrong, place of the field) -> null, or raises it where null may not be"""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a selection: where it stands in the answer, and what answers it, come what may."""

    key: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Constant(Part):
    """The same for every object of the type."""

    value: str


@dataclass(frozen=True, slots=True)
class ReadAttribute(Part):
    """An attribute of the object; its values most probably take a shortcut."""

    name: str
    type: GraphQLOutputType


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects that are the value of a field. `plain`: their classes, of those that may be answered without more ado."""

    plain: set[type]
    selection: Execute
    later: Complete


@dataclass(frozen=True, slots=True)
class Resolved(Part):
    """What a resolver says; `method`: the resolver itself, if it wants nothing but the object."""

    resolve: Resolve
    method: Callable[[Any], Any] | None
    complete: Complete
    fail: Fail
    typename: str
    type: GraphQLOutputType
    objects: Objects | None = None


def straight(parts: Sequence[Part], name: str) -> Answer:
    """The function that answers all fields of an object. `name`: of its type, for tracebacks."""
    known: dict[str, Any] = {"UNFIT": UNFIT, "Coroutine": CoroutineType, "forsaken": forsaken, "gathered": gathered}
    source = "\n".join(_source(list(enumerate(parts)), known))
    exec(compile(source, f"<compiled selection of {name}>", "exec"), known)  # noqa: S102 - names are from the schema
    answer: Answer = known["answer"]
    return answer


def gathered(completed: dict[str, Any]) -> Any:
    """The object, once everything is there that has to be waited for."""
    waiting = [key for key, field in completed.items() if is_coroutine(field)]
    return in_place(completed, waiting) if waiting else completed


Numbered: TypeAlias = tuple[int, Part]
Lines: TypeAlias = Iterator[str]


def _source(parts: Sequence[Numbered], known: dict[str, Any]) -> Lines:
    yield "def answer(executor, value, place):"
    yield "    irregular = False"
    yield "    try:"
    for are_attributes, found in groupby(parts, lambda part: isinstance(part[1], ReadAttribute)):
        together = list(found)
        lines = _attributes(together, known) if are_attributes else _others(together, known)
        yield from (f"        {line}" for line in lines)
    yield "        pass"
    yield "    except Exception:"
    yield "        forsaken(executor, locals().values())"
    yield "        raise"
    yield f"    completed = {{{', '.join(f'{part.key!r}: {_value(number, part)}' for number, part in parts)}}}"
    yield "    return gathered(completed) if irregular else completed"


def _value(number: int, part: Part) -> str:
    return repr(part.value) if isinstance(part, Constant) else f"v{number}"


def _others(parts: Sequence[Numbered], known: dict[str, Any]) -> Lines:
    for number, part in parts:
        if isinstance(part, Resolved):
            yield from _resolved(number, part, known)
        elif not isinstance(part, Constant):
            known[f"answer{number}"] = part.answer
            yield f"v{number} = answer{number}(executor, value, place)"
            yield f"irregular = irregular or v{number}.__class__ is Coroutine"


def _resolved(number: int, part: Resolved, known: dict[str, Any]) -> Lines:
    v, p = f"v{number}", f"p{number}"
    known[f"complete{number}"], known[f"fail{number}"] = part.complete, part.fail
    known[f"resolve{number}"] = part.method or part.resolve
    yield f"{p} = (place, {part.key!r}, {part.typename!r})"
    yield "try:"
    yield f"    {v} = resolve{number}({'value' if part.method else f'executor, value, {p}'})"
    if part.objects is not None:
        known[f"plain{number}"], known[f"selection{number}"] = part.objects.plain, part.objects.selection
        known[f"later{number}"] = part.objects.later
        yield f"    if {v}.__class__ in plain{number}:"
        yield f"        {v} = selection{number}.answer(executor, {v}, {p})"
        yield f"        if {v}.__class__ is not dict:"
        yield f"            {v} = later{number}(executor, {v}, {p})"
        yield "            irregular = True"
        yield "    else:"
    elif isinstance(nullable(part.type), GraphQLList):
        yield f"    if {v}.__class__ is not list or {v}:"
    else:
        yield "    if True:"
    yield f"        {v} = complete{number}(executor, {v}, {p})"
    yield f"        irregular = irregular or {v}.__class__ is Coroutine"
    yield "except Exception as error:"
    yield f"    {v} = fail{number}(executor, error, {p})"


def _attributes(parts: Sequence[Numbered], known: dict[str, Any]) -> Lines:
    yield "try:"
    yield from (f"    v{number} = value.{part.name}" for number, part in parts if isinstance(part, ReadAttribute))
    yield "except Exception:"
    yield f"    {' = '.join(f'v{number}' for number, _ in parts)} = UNFIT"
    for number, part in parts:
        if isinstance(part, ReadAttribute):
            known[f"answer{number}"] = part.answer
            yield from _completion(f"v{number}", part.type, str(number), known)
            yield f"    v{number} = answer{number}(executor, value, place)"
            yield "    irregular = True"


def _completion(v: str, type_: GraphQLOutputType, number: str, known: dict[str, Any]) -> Lines:
    """What makes of a value what stands in the answer; the last line says when it is not as expected."""
    named = nullable(type_)
    is_nullable = named is type_
    unless_null = f"{v} is not None and " if is_nullable else ""
    names = names_of(named) if isinstance(named, GraphQLEnumType) else None
    exactly = AS_THEY_ARE.get(named)
    if exactly is not None:
        yield f"if {unless_null}{v}.__class__ is not {exactly.__name__}:"
    elif named is GraphQLInt:
        yield f"if {unless_null}({v}.__class__ is not int or not {FROM_INT} <= {v} <= {TO_INT}):"
    elif named is GraphQLFloat:  # neither infinite nor no number
        yield f"if {unless_null}({v}.__class__ is not float or {v} - {v} != 0.0):"
    elif names:
        known[f"names{number}"], known[f"class{number}"] = names, next(iter(names)).__class__
        yield f"if {v}.__class__ is class{number}:"
        yield f"    {v} = names{number}[{v}]"
        yield f"elif {v} is not None:" if is_nullable else "else:"
    else:
        known[f"short{number}"] = short_of(type_)
        yield f"{v} = short{number}({v})"
        yield f"if {v} is UNFIT:"
