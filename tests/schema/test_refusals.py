"""What is said about bad input: where, under which code, and without touching a store."""

from typing import Any

import pytest

from domain.errors import Forbidden, InvalidInput, Problem, Refused, Unauthenticated, Unavailable
from domain.model.principals import Role
from schema.errors import SHOWN, attempted, code_of
from tests.schema.asking import SCHEMA, ask, context_for, outcome

RULE = {"key": "dark", "name": "Dark", "condition": {"always": True}, "adaptations": [{"setTheme": {"mode": "DARK"}}]}
CREATE = "mutation ($input: RuleInput!) { createRule(input: $input) { rule { id } userErrors { code path message } } }"
UPDATE = """mutation ($input: RuleInput!) {
  updateRule(id: "r", expectedRevision: 1, input: $input) { rule { id } userErrors { code path message } }
}"""
TRACK = """mutation ($input: [InteractionInput!]!) {
  trackInteractions(input: $input) { accepted duplicates ignored userErrors { code path message } }
}"""
CONFIG = "query ($context: ContextInput!) { viewer { config(context: $context) { revision } } }"


async def user_errors(query: str, given: Any, *roles: Role) -> list[tuple[str, list[str]]]:
    result = await ask(query, *(roles or (Role.ADMIN,)), variables={"input": given})
    assert result.errors is None
    assert result.data is not None
    (payload,) = result.data.values()
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


async def refusal(query: str, *roles: Role, **variables: Any) -> str:
    """The message of the only GraphQL error."""
    result = await ask(query, *(roles or (Role.ADMIN,)), variables=variables)
    assert result.errors is not None
    (error,) = result.errors
    return error.message


@pytest.mark.parametrize("query", [CREATE, UPDATE])
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"key": "no spaces"}, "INVALID_KEY", ["input", "key"]),
        ({"coverage": 1.5}, "OUT_OF_RANGE", ["input", "coverage"]),
        ({"priority": 2_000_000}, "OUT_OF_RANGE", ["input", "priority"]),
        ({"adaptations": []}, "REQUIRED", ["input", "adaptations"]),
        (
            {"condition": {"all": [{"always": True}, {"did": {"kind": "CLICK", "times": {"gte": 1}, "days": 0}}]}},
            "OUT_OF_RANGE",
            ["input", "condition", "all", "1", "did", "days"],
        ),
        (
            {"adaptations": [{"setTheme": {"mode": "DARK"}}, {"setTheme": {"mode": "LIGHT"}}]},
            "CONTRADICTION",
            ["input", "adaptations", "1"],
        ),
        (
            {"schedule": {"startsAt": "2030-01-02T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"}},
            "EMPTY_RANGE",
            ["input", "schedule", "endsAt"],
        ),
        ({"condition": {"churnRisk": {"gte": 0.5, "gt": 0.4}}}, None, ["input", "condition", "churnRisk"]),
    ],
)
async def test_a_flaw_of_a_rule_is_named_from_the_argument_down_to_the_field(
    query: str, change: dict[str, Any], code: str | None, path: list[str]
) -> None:
    (found,) = await user_errors(query, {**RULE, **change})
    assert found[1][: len(path)] == path
    assert code in (None, found[0])


async def test_all_flaws_are_named_at_once() -> None:
    found = await user_errors(CREATE, {**RULE, "key": "", "name": "", "coverage": -1})
    assert {path[1] for _, path in found} == {"key", "name", "coverage"}


async def test_flaws_of_segments_catalogues_and_profiles_begin_with_input_too() -> None:
    save_segment = "mutation ($input: SegmentInput!) { saveSegment(input: $input) { userErrors { code path } } }"
    segment = {"key": "", "name": "n", "condition": {"always": True}}
    assert await user_errors(save_segment, segment) == [("INVALID_KEY", ["input", "key"])]
    save_catalogue = "mutation ($input: CatalogueInput!) { saveCatalogue(input: $input) { userErrors { code path } } }"
    features = [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]
    assert await user_errors(save_catalogue, {"features": features}) == [
        ("DUPLICATE", ["input", "features", "1", "key"])
    ]
    update = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { userErrors { code path } } }"
    assert await user_errors(update, {"traits": [1]}) == [("WRONG_TYPE", ["input", "traits"])]
    assert await user_errors(update, {"traits": {}}, Role.SERVICE) == [("REQUIRED", ["input", "userId"])]
    assert await user_errors(update, {"userId": " x"}, Role.SERVICE) == [("INVALID_USER_ID", ["input", "userId"])]


async def test_a_problem_about_another_argument_keeps_that_argument() -> None:
    async def refused(*path: str) -> None:
        raise Refused([Problem("CODE", "message", path)])

    async def path_of(*path: str, single: bool = False) -> list[str]:
        _, (error,) = await attempted(refused(*path), ("id", "expectedRevision"), single=single)
        return error.path

    assert await path_of("expectedRevision") == ["expectedRevision"]
    assert await path_of("id") == ["id"]
    assert await path_of("key") == ["input", "key"]
    assert await path_of("input", "0", "key") == ["input", "0", "key"]
    assert await path_of("input", "0", "key", single=True) == ["input", "key"]
    assert await path_of() == []


async def test_a_service_has_to_say_whose_interactions_it_tracks() -> None:
    done = {"key": "k", "kind": "CLICK", "occurredAt": "2030-01-31T09:00:00Z"}
    given = [{**done, "userId": "u"}, done, {**done, "userId": None}]
    found = await user_errors(TRACK, given, Role.SERVICE)
    assert found == [("REQUIRED", ["input", "1", "userId"]), ("REQUIRED", ["input", "2", "userId"])]


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"place": ""}, "context.place"),
        ({"place": "x" * 101}, "context.place"),
        ({"place": "p", "timeZone": "Europe/Nowhere"}, "context.timeZone"),
        ({"place": "p", "attributes": 7}, "context.attributes"),
        ({"place": "p", "attributes": {"a": "x" * 20_000}}, "context.attributes"),
    ],
)
async def test_a_bad_context_is_an_error_that_names_the_field(context: dict[str, Any], field: str) -> None:
    result = await ask(CONFIG, Role.USER, variables={"context": context})
    assert outcome(result.errors) == "BAD_USER_INPUT"
    assert result.errors is not None
    assert result.errors[0].message.startswith(f"{field}: ")


async def test_a_subscription_refuses_a_bad_context_before_it_begins() -> None:
    stream = await SCHEMA.subscribe(
        'subscription { configUpdated(context: {place: ""}) { cause } }', context_value=context_for(Role.USER)
    )
    result = await anext(stream)
    assert outcome(result.errors) == "BAD_USER_INPUT"


async def test_following_a_segment_that_does_not_exist_reaches_the_segments_first() -> None:
    stream = await SCHEMA.subscribe(
        'subscription { segmentChanged(segment: "fans") { joined } }', context_value=context_for(Role.USER)
    )
    result = await anext(stream)
    assert outcome(result.errors) == "ALLOWED"


@pytest.mark.parametrize("first", [0, -1, 101])
@pytest.mark.parametrize(
    "field",
    ["users(first: %d) { edges { cursor } }", "rules(first: %d) { edges { cursor } }"],
)
async def test_a_page_has_1_to_100_items(field: str, first: int) -> None:
    result = await ask(f"{{ {field % first} }}", Role.ADMIN)
    assert outcome(result.errors) == "BAD_USER_INPUT"
    assert result.errors is not None
    assert result.errors[0].message.startswith("first: ")


@pytest.mark.parametrize(
    ("field", "argument"),
    [
        ('user(id: " ") { id }', "id: "),
        ('users(filter: {segment: "no spaces"}) { edges { cursor } }', "filter.segment: "),
        ('rules(filter: {place: ""}) { edges { cursor } }', "filter.place: "),
        ('rules(filter: {search: "\\u0000"}) { edges { cursor } }', "filter.search: "),
        ('viewer { interactions(filter: {target: ""}) { edges { cursor } } }', "filter.target: "),
    ],
)
async def test_a_bad_argument_of_a_query_is_named(field: str, argument: str) -> None:
    result = await ask(f"{{ {field} }}", Role.ADMIN)
    assert outcome(result.errors) == "BAD_USER_INPUT"
    assert result.errors is not None
    assert result.errors[0].message.startswith(argument)


async def test_an_id_that_nothing_can_have_is_not_looked_up() -> None:
    result = await ask('{ rule(id: "\\u0000") { id } }', Role.ADMIN)
    assert (result.data, result.errors) == ({"rule": None}, None)
    update = 'mutation { deleteRule(id: "\\u0000", expectedRevision: 1) { deleted userErrors { code path } } }'
    deleted = await ask(update, Role.ADMIN)
    assert deleted.data == {"deleteRule": {"deleted": False, "userErrors": [{"code": "NOT_FOUND", "path": ["id"]}]}}


async def test_exactly_one_kind_of_condition_is_given_at_a_time() -> None:
    both = {**RULE, "condition": {"always": True, "place": ["login"]}}
    assert "exactly one" in await refusal(CREATE, input=both)
    assert "exactly one" in await refusal(CREATE, input={**RULE, "condition": {}})


@pytest.mark.parametrize(
    ("instant", "reason"),
    [
        ("2030-01-31T09:30:00", "its offset from UTC is missing"),
        ("2030-01-31", "its offset from UTC is missing"),
        ("yesterday", "write an instant in ISO 8601"),
        (7, "write an instant in ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "the year is not from 2 to 9998"),
    ],
)
async def test_an_instant_without_an_offset_or_form_is_refused_with_the_reason(instant: object, reason: str) -> None:
    done = {"key": "k", "kind": "CLICK", "occurredAt": instant}
    message = await refusal(TRACK, input=[done])
    assert reason in message
    assert "[0].occurredAt" in message


async def test_an_unknown_kind_is_refused_by_name() -> None:
    done = {"key": "k", "kind": "CLICKED", "occurredAt": "2030-01-31T09:30:00Z"}
    assert "InteractionKind" in await refusal(TRACK, input=[done])


def test_refusals_of_operations_are_shown_with_their_codes_and_nothing_else_is() -> None:
    codes = {code_of(kind("why")) for kind in (Unauthenticated, Forbidden, InvalidInput, Unavailable)}
    assert codes == {"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "UNAVAILABLE"}
    assert code_of(LookupError("secret")) is None
    assert not issubclass(LookupError, SHOWN)
