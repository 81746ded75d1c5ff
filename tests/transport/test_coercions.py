"""Large lists of variables mean what graphql-core makes of them, and are refused as graphql-core refuses them."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, NewType

import pytest
import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    build_schema,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.utilities import coerce_input_value, type_from_ast
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from schema.build import build_schema as build_attune
from tests.transport import example
from transport.coercions import FEW_ELEMENTS, Coercions, Unfit, large_lists
from transport.errors import NotAnswered
from transport.limits import Limits
from transport.operations import Operations
from transport.requests import GraphQLRequest

CASES = 400
MANY = FEW_ELEMENTS + 1
DEEPEST_DRAWN = 3


def _even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError("odd")
    return value // 2


def _undefined_for_x(value: Any) -> Any:
    return Undefined if value == "x" else value


EVEN = GraphQLScalarType("Even", coerce_input_value=_even)
ODDLY_UNDEFINED = GraphQLScalarType("OddlyUndefined", coerce_input_value=_undefined_for_x)
COLOUR = GraphQLEnumType("Colour", {"RED": 1, "GREEN": (2, 3), "NOTHING": None})
POINT = GraphQLInputObjectType(
    "Point",
    {"x": GraphQLInputField(GraphQLNonNull(GraphQLInt)), "y": GraphQLInputField(GraphQLInt, out_name="why")},
    out_type=lambda value: tuple(value.items()),
)
PICKY = GraphQLInputObjectType(
    "Picky",
    {"a": GraphQLInputField(GraphQLInt)},
    out_type=lambda value: Undefined if value.get("a") == 0 else 1 // (value.get("a") or 0),
)
CHOICE = GraphQLInputObjectType(
    "Choice",
    {
        "number": GraphQLInputField(GraphQLInt),
        "colour": GraphQLInputField(COLOUR, out_name="of"),
        "color": GraphQLInputField(COLOUR, out_name="of"),
    },
    is_one_of=True,
)
DEFAULTS = GraphQLInputObjectType(
    "Defaults",
    {
        "external": GraphQLInputField(
            GraphQLNonNull(GraphQLList(COLOUR)), default=GraphQLDefaultInput(value=["RED"]), out_name="out"
        ),
        "null": GraphQLInputField(GraphQLInt, default=GraphQLDefaultInput(value=None)),
        "internal": GraphQLInputField(GraphQLInt, default_value="as it is"),
        "none": GraphQLInputField(GraphQLString),
    },
)
BROKEN = GraphQLInputObjectType(
    "Broken", {"default": GraphQLInputField(GraphQLInt, default=GraphQLDefaultInput(value="no number"))}
)
TREE: GraphQLInputObjectType = GraphQLInputObjectType(
    "Tree",
    lambda: {
        "all": GraphQLInputField(GraphQLList(GraphQLNonNull(TREE))),
        "leaf": GraphQLInputField(EVEN),
        "json": GraphQLInputField(ODDLY_UNDEFINED),
    },
)
MADE: list[Any] = [POINT, PICKY, CHOICE, DEFAULTS, BROKEN, TREE, EVEN, ODDLY_UNDEFINED, COLOUR]
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {"f": GraphQLField(GraphQLInt, args={type_.name.lower(): GraphQLArgument(type_) for type_ in MADE})},
    )
)
COERCIONS = Coercions(SCHEMA)
TYPES: list[GraphQLInputType] = [
    *MADE,
    *(GraphQLNonNull(type_) for type_ in MADE),
    *(GraphQLList(type_) for type_ in MADE),
    *(GraphQLList(GraphQLNonNull(type_)) for type_ in MADE),
    GraphQLNonNull(GraphQLList(GraphQLList(COLOUR))),
]

ATTUNE = build_attune()._schema
ATTUNE_COERCIONS = Coercions(ATTUNE)
ATTUNE_TYPES = [type_ for type_ in ATTUNE.type_map.values() if isinstance(type_, GraphQLInputObjectType)]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**33) | st.floats() | st.sampled_from(["", "x", "RED", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "x", "number"]), inner),
    max_leaves=4,
)
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-5, 5),
    "Float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5),
    "String": st.text(max_size=3),
    "ID": st.text(max_size=3) | st.integers(),
    "Boolean": st.booleans(),
    "DateTime": st.just(datetime(2030, 1, 1, tzinfo=UTC).isoformat()),
    "Even": st.integers().map(lambda number: number * 2),
}


@st.composite
def inputs(draw: st.DrawFn, type_: GraphQLInputType, *, spoilt: bool, depth: int = 0) -> Any:
    """Values that mostly fit the type, or always do unless spoilt."""
    if spoilt and not draw(st.integers(0, 15)):
        return draw(JSON)

    match type_:
        case GraphQLNonNull():
            return draw(inputs(type_.of_type, spoilt=spoilt, depth=depth).filter(lambda value: value is not None))
        case GraphQLList():
            return draw(_lists(type_, spoilt=spoilt, depth=depth))
        case GraphQLInputObjectType():
            return draw(_objects(type_, spoilt=spoilt, depth=depth))
        case GraphQLEnumType():
            return draw(st.sampled_from(sorted(type_.values)))
        case _:
            return draw(LEAVES.get(type_.name, JSON))


@st.composite
def _lists(draw: st.DrawFn, type_: GraphQLList[Any], *, spoilt: bool, depth: int) -> Any:
    if depth > DEEPEST_DRAWN:
        return []
    item = inputs(type_.of_type, spoilt=spoilt, depth=depth + 1)
    size = draw(st.integers(-1, 3))
    # A list of lists does not take [[1]] for 1.
    return draw(item) if size < 0 and not isinstance(type_.of_type, GraphQLList) else [draw(item) for _ in range(size)]


@st.composite
def _objects(draw: st.DrawFn, type_: GraphQLInputObjectType, *, spoilt: bool, depth: int) -> Any:
    names = list(type_.fields)
    if type_.is_one_of and not (spoilt and not draw(st.integers(0, 5))):
        name = draw(st.sampled_from(names))
        return {name: draw(inputs(GraphQLNonNull(type_.fields[name].type), spoilt=spoilt, depth=depth + 1))}
    value = {}
    for name in draw(st.permutations(names)):
        field = type_.fields[name]
        needed = isinstance(field.type, GraphQLNonNull) and not (spoilt and not draw(st.integers(0, 15)))
        if needed or (depth <= DEEPEST_DRAWN and draw(st.booleans())):
            value[name] = draw(inputs(field.type, spoilt=spoilt, depth=depth + 1))
    if spoilt and not draw(st.integers(0, 15)):
        value["unknown"] = None
    return value


def core(value: Any, type_: GraphQLInputType) -> Any:
    """What graphql-core answers; Undefined also for what it raises."""
    try:
        return coerce_input_value(value, type_)
    except Exception:  # noqa: BLE001 - whatever the types' own functions raise
        return Undefined


def compiled(value: Any, type_: GraphQLInputType, coercions: Coercions = COERCIONS) -> Any:
    """What is coerced here; Undefined where that is left to graphql-core."""
    try:
        coerced = coercions.coerced(value, type_)
    except Unfit:
        return Undefined
    assert coerced is not Undefined
    return coerced


def assert_same(value: Any, type_: GraphQLInputType, coercions: Coercions) -> Any:
    expected = core(value, type_)
    # Representations also tell the order of keys, 1 from 1.0 and True, and take NaN for itself.
    assert repr(compiled(value, type_, coercions)) == repr(expected)
    return expected


@settings(max_examples=CASES, deadline=None)
@given(st.sampled_from(TYPES).flatmap(lambda type_: st.tuples(st.just(type_), inputs(type_, spoilt=True))))
def test_every_kind_of_type_coerces_exactly_what_graphql_core_coerces(case: tuple[GraphQLInputType, Any]) -> None:
    assert_same(case[1], case[0], COERCIONS)


@settings(max_examples=CASES, deadline=None)
@given(st.sampled_from(TYPES).flatmap(lambda type_: st.tuples(st.just(type_), JSON)))
def test_any_json_for_any_type_coerces_exactly_as_in_graphql_core(case: tuple[GraphQLInputType, Any]) -> None:
    assert_same(case[1], case[0], COERCIONS)


@settings(max_examples=CASES, deadline=None)
@given(st.sampled_from(ATTUNE_TYPES).flatmap(lambda type_: st.tuples(st.just(type_), inputs(type_, spoilt=True))))
def test_every_input_type_of_attune_coerces_exactly_as_in_graphql_core(case: tuple[GraphQLInputType, Any]) -> None:
    assert_same(case[1], case[0], ATTUNE_COERCIONS)


@settings(max_examples=CASES, deadline=None)
@given(st.lists(inputs(ATTUNE.type_map["InteractionInput"], spoilt=False), max_size=2))  # type: ignore[arg-type]  # an input
def test_valid_interactions_are_all_coerced_here(interactions: list[Any]) -> None:
    type_ = type_from_ast(ATTUNE, parse_type("[InteractionInput!]!"))
    assert assert_same(interactions, type_, ATTUNE_COERCIONS) is not Undefined


@st.composite
def crowds(draw: st.DrawFn) -> tuple[GraphQLInputType, list[Any]]:
    """Many objects of one type: mostly alike, in the order of the fields or another, and one of them perhaps not."""
    type_ = draw(st.sampled_from([type_ for type_ in MADE if isinstance(type_, GraphQLInputObjectType)] + ATTUNE_TYPES))
    few = draw(st.lists(inputs(type_, spoilt=False), min_size=1, max_size=3))
    alike = [one for one in few if isinstance(one, dict) and one.keys() == few[0].keys()] or few[:1]
    crowd = [alike[n % len(alike)] for n in range(MANY)]
    if draw(st.booleans()):
        crowd[draw(st.integers(0, MANY - 1))] = draw(inputs(type_, spoilt=True))
    return type_, crowd


@settings(max_examples=CASES, deadline=None)
@given(crowds())
def test_many_objects_that_are_alike_coerce_exactly_as_in_graphql_core(
    case: tuple[GraphQLInputType, list[Any]],
) -> None:
    type_, crowd = case
    assert_same(crowd, GraphQLList(type_), ATTUNE_COERCIONS if type_ in ATTUNE_TYPES else COERCIONS)


def test_objects_coerced_together_are_none_of_those_that_were_sent() -> None:
    sent = [{"none": "x"} for _ in range(MANY)]
    coerced = compiled(sent, GraphQLList(DEFAULTS))
    coerced[0]["none"] = "y"
    assert sent[0] == {"none": "x"}
    assert compiled(["a"] * MANY, GraphQLList(GraphQLString)) == ["a"] * MANY


def parse_type(text: str) -> Any:
    (operation,) = parse(f"query ($value: {text}) {{ f }}").definitions
    return operation.variable_definitions[0].type  # type: ignore[attr-defined]  # it is an operation


@pytest.mark.parametrize(
    ("type_", "value", "coerced"),
    [
        (GraphQLNonNull(EVEN), 4, 2),
        (GraphQLNonNull(EVEN), None, Undefined),
        (EVEN, None, None),
        (EVEN, 3, Undefined),
        (ODDLY_UNDEFINED, "x", Undefined),
        (ODDLY_UNDEFINED, [1, {"a": None}], [1, {"a": None}]),
        (GraphQLNonNull(ODDLY_UNDEFINED), None, Undefined),
        (COLOUR, "GREEN", (2, 3)),
        (COLOUR, "NOTHING", None),
        (COLOUR, "BLUE", Undefined),
        (COLOUR, 1, Undefined),
        (COLOUR, [], Undefined),
        (GraphQLList(EVEN), [2, None], [1, None]),
        (GraphQLList(EVEN), 2, [1]),
        (GraphQLList(GraphQLList(EVEN)), [2, [4], None], [[1], [2], None]),
        (GraphQLList(GraphQLNonNull(EVEN)), [2, None], Undefined),
        (GraphQLList(GraphQLNonNull(EVEN)), None, None),
        (GraphQLList(POINT), {"x": 1}, [(("x", 1),)]),
        (POINT, {"y": 2, "x": 1}, (("x", 1), ("why", 2))),
        (POINT, {"y": None, "x": 1}, (("x", 1), ("why", None))),
        (POINT, {"x": None}, Undefined),
        (POINT, {"y": 2}, Undefined),
        (POINT, {"x": 1, "z": None}, Undefined),
        (POINT, "x", Undefined),
        (PICKY, {"a": 1}, 1),
        (PICKY, {"a": 0}, Undefined),
        (PICKY, {}, Undefined),
        (CHOICE, {"colour": "RED"}, {"of": 1}),
        (CHOICE, {"colour": None}, Undefined),
        (CHOICE, {"colour": "NOTHING"}, Undefined),
        (CHOICE, {"colour": "RED", "number": 1}, Undefined),
        (CHOICE, {"colour": "RED", "color": "RED"}, Undefined),
        (CHOICE, {}, Undefined),
        (DEFAULTS, {}, {"out": [1], "null": None, "internal": "as it is"}),
        (DEFAULTS, {"external": None}, Undefined),
        (DEFAULTS, {"external": "GREEN", "internal": 1}, {"out": [(2, 3)], "null": None, "internal": 1}),
        (BROKEN, {"default": 1}, {"default": 1}),
        (BROKEN, {}, Undefined),
        (TREE, {"all": [{"all": []}, {"leaf": 2}]}, {"all": [{"all": []}, {"leaf": 1}]}),
    ],
)
def test_each_branch_coerces_as_in_graphql_core(type_: GraphQLInputType, value: Any, coerced: Any) -> None:
    # None equals Undefined in graphql-core, but is represented otherwise.
    assert repr(assert_same(value, type_, COERCIONS)) == repr(coerced)


def test_what_json_cannot_hold_is_left_to_graphql_core() -> None:
    assert compiled((2, 4), GraphQLList(ODDLY_UNDEFINED)) is Undefined
    assert core((2, 4), GraphQLList(ODDLY_UNDEFINED)) == [2, 4]
    assert_same(MappingProxyType({"x": 1}), POINT, COERCIONS)


def test_a_default_is_the_very_object_that_graphql_core_uses() -> None:
    assert compiled({}, DEFAULTS)["out"] is core({}, DEFAULTS)["out"]


def test_values_nested_just_deeply_enough_for_graphql_core_are_coerced_and_deeper_ones_left_to_it() -> None:
    type_ = "Tree"
    for levels in range(MAX_NESTING_DEPTH // 2 - 3, MAX_NESTING_DEPTH // 2 + 3):
        value: dict[str, Any] = {}
        for _ in range(levels):
            value = {"all": [value]}
        accepted = isinstance(variables_by_core(type_, value), VariableValues)
        assert (compiled(value, TREE) is not Undefined) == accepted == (levels <= MAX_NESTING_DEPTH // 2)


def variables_by_core(type_: str, value: Any) -> VariableValues | list[GraphQLError]:
    (operation,) = parse(f"query ($value: {type_}) {{ f }}").definitions
    return get_variable_values(SCHEMA, operation.variable_definitions, {"value": value})  # type: ignore[attr-defined]


def test_a_type_that_the_schema_does_not_have_is_left_to_graphql_core() -> None:
    assert compiled("ONE", GraphQLEnumType("Other", {"ONE": 1})) is Undefined


def test_only_lists_of_many_elements_are_coerced_here() -> None:
    many = [1] * MANY
    assert large_lists({"few": many[1:], "many": many, "text": "x" * MANY, "one": {"a": many}}) == {"many": many}


def test_large_variables_are_filled_in_with_their_sources() -> None:
    filled = variables_by_core("[Even!]", [])
    by_core = variables_by_core("[Even!]", [2] * MANY)
    assert isinstance(filled, VariableValues)
    assert isinstance(by_core, VariableValues)
    assert COERCIONS.fill(filled, {"value": [2] * MANY, "undeclared": [3] * MANY})
    assert filled.coerced == by_core.coerced
    assert filled.sources["value"].value == by_core.sources["value"].value
    assert filled.sources.keys() == by_core.sources.keys()
    assert not COERCIONS.fill(filled, {"value": [2, 3] * MANY})


Counted = NewType("Counted", int)


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


@strawberry.input
class Thing:
    number: Counted
    shade: Shade = Shade.DARK


@strawberry.type
class Query:
    @strawberry.field
    def total(self, things: list[Thing], factor: int = 1) -> int:
        return factor * sum(int(thing.number) for thing in things if thing.shade is Shade.DARK)

    @strawberry.field
    def first(self, any: strawberry.scalars.JSON) -> strawberry.scalars.JSON:  # noqa: A002 - the argument's name
        return any[0]  # type: ignore[no-any-return, index]  # JSON is object to mypy


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self, things: list[Thing]) -> AsyncGenerator[int, None]:
        for thing in things:
            yield thing.number


def operations_that_count(parsed: list[Any]) -> Operations:
    def read(value: Any) -> Any:
        parsed.append(value)
        if not isinstance(value, int):
            raise ValueError(f"no number: {value}")  # noqa: TRY004 - any exception may come from a parser
        return value

    scalars: dict[object, Any] = {Counted: strawberry.scalar(name="Counted", parse_value=read, serialize=int)}
    config = StrawberryConfig(scalar_map=scalars)
    served = strawberry.Schema(Query, subscription=Subscription, config=config)
    return Operations(served, example.gate(example.World()), Limits())


async def answer(query: str, **variables: Any) -> bytes:
    request = GraphQLRequest(query, None, variables, None)
    return await operations_that_count([]).begin(request, example.Caller("ada"), "id").answer()


TOTAL = "query ($things: [Thing!]!, $factor: Int) { total(things: $things, factor: $factor) }"


async def test_an_operation_with_a_large_list_is_answered() -> None:
    things = [{"number": number} for number in range(MANY)]
    expected = b'{"data":{"total":%d}}' % (2 * sum(range(MANY)))
    assert await answer(TOTAL.replace("factor: Int", "factor: Int! = 7"), things=things, factor=2) == expected


async def test_a_large_list_may_also_be_of_a_type_that_is_no_list() -> None:
    assert (
        await answer("query ($any: JSON!) { first(any: $any) }", any=[{"a": 1}] * MANY) == b'{"data":{"first":{"a":1}}}'
    )


@pytest.mark.parametrize(
    ("variables", "messages"),
    [
        (
            {"things": [{"number": 1}] * MANY + [{"number": "x"}], "factor": 1},
            [f"Variable '$things' has invalid value at [{MANY}].number"],
        ),
        ({"things": [{"number": 1}] * MANY, "factor": "x"}, ["Variable '$factor' has invalid value"]),
        ({"things": [{"number": 1}] * MANY, "factor": [1] * MANY}, ["Variable '$factor' has invalid value"]),
        (
            {"things": [{}] + [{"number": 1}] * MANY, "factor": "x"},
            ["Variable '$things' has invalid value", "Variable '$factor' has invalid value"],
        ),
    ],
)
def test_errors_in_large_lists_are_graphql_cores_own(variables: dict[str, Any], messages: list[str]) -> None:
    operations = operations_that_count([])
    document = TOTAL.replace("factor: Int", "factor: Int! = 7")
    (operation,) = parse(document).definitions
    by_core = get_variable_values(operations.schema, operation.variable_definitions, variables)  # type: ignore[attr-defined]
    with pytest.raises(NotAnswered) as refused:
        operations.begin(GraphQLRequest(document, None, variables, None), example.Caller("ada"), "id")
    assert isinstance(by_core, list)
    assert [error["message"] for error in refused.value.errors] == [error.message for error in by_core]
    assert [message for message, error in zip(messages, by_core, strict=True) if message not in error.message] == []


@pytest.mark.parametrize("number", [3, MANY])
async def test_a_subscription_coerces_its_variables_once_for_all_its_events(number: int) -> None:
    parsed: list[Any] = []
    things = [{"number": index} for index in range(number)]
    query = "subscription ($things: [Thing!]!) { numbers(things: $things) }"
    operation = operations_that_count(parsed).begin(
        GraphQLRequest(query, None, {"things": things}, None), example.Caller("ada"), "id"
    )
    answers = [event async for event in operation.events()]
    assert answers == [b'{"data":{"numbers":%d}}' % index for index in range(number)]
    assert parsed == list(range(number))


def test_a_schema_without_input_objects_is_fine() -> None:
    assert compiled(
        ["1"], GraphQLList(GraphQLString), Coercions(build_schema("type Query { a(b: [String]): ID }"))
    ) == ["1"]
