"""Answers that are given again as bytes: only those that would be made the same, to whom they were made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.asgi import post, question
from transport.endpoint import GraphQLEndpoint
from transport.gate import Gate
from transport.keeping import OVERHEAD_BYTES, KeptAnswers
from transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from strawberry.types.field import StrawberryField

    from transport.operations import Operations


@dataclass(eq=False)
class Paper:
    """What answers are made from; once torn up, nothing is made from it any more."""

    text: str = "first"
    is_valid: bool = True
    given: int = 0
    ends: list[Callable[[], None]] = field(default_factory=list)

    def is_current(self) -> bool:
        return self.is_valid

    def again(self) -> bool:
        self.given += self.is_valid
        return self.is_valid

    def call_at_end(self, end: Callable[[], None]) -> None:
        self.ends.append(end)

    def tear_up(self) -> None:
        self.is_valid = False
        for end in self.ends:
            end()


@dataclass(frozen=True)
class Caller:
    name: str
    expires_at: None = None


@dataclass
class Context:
    caller: Caller
    desk: Desk
    papers: list[Paper] = field(default_factory=list)


@dataclass
class Desk:
    """The host application: a paper for each caller, and how often its resolvers ran."""

    papers: dict[str, Paper] = field(default_factory=dict)
    read: int = 0

    def paper(self, name: str) -> Paper:
        return self.papers.setdefault(name, Paper(f"of {name}"))


DETERMINED = {"determined": True}


def determined(resolve: Callable[..., Any]) -> StrawberryField:
    field: StrawberryField = strawberry.field(resolver=resolve, metadata=DETERMINED)
    return field


@strawberry.type
class Page:
    text: str

    @strawberry.field
    def undeclared(self) -> int:
        return len(self.text)

    @determined
    def fails(self) -> str | None:
        raise RuntimeError(self.text)

    @determined
    def times(self, number: int = 1) -> str:
        return self.text * number


def page(info: strawberry.Info[Context, None]) -> Page:
    context = info.context
    paper = context.desk.paper(context.caller.name)
    context.desk.read += 1
    context.papers.append(paper)
    return Page(text=paper.text)


@strawberry.type
class Query:
    page: Page = strawberry.field(resolver=page, metadata=DETERMINED)


@strawberry.type
class Mutation:
    page: Page = strawberry.mutation(resolver=page, metadata=DETERMINED)


def is_determined(asked: StrawberryField) -> bool:
    return asked.is_basic_field or bool(asked.metadata.get("determined"))


@dataclass
class Served:
    desk: Desk
    endpoint: GraphQLEndpoint
    operations: Operations

    async def ask(self, query: str = "{ page { text } }", caller: str = "ann", **variables: object) -> Any:
        return (await post(self.endpoint, question(query, **variables), token=caller)).json["data"]

    @property
    def kept(self) -> KeptAnswers:
        return self.operations.kept


def served(**limits: int) -> Served:
    desk = Desk()

    async def authenticate(token: str | None) -> Caller:
        return Caller(token or "nobody")

    gate = Gate(
        authenticate=authenticate,
        recall=Caller,
        context_for=lambda caller, _: Context(caller, desk),
        is_determined=is_determined,
        made_from=lambda context: context.papers[0] if len(context.papers) == 1 else None,
    )
    endpoint = GraphQLEndpoint(strawberry.Schema(Query, Mutation), gate=gate, limits=Limits(**limits))
    return Served(desk, endpoint, endpoint.operations)


async def test_an_answer_is_made_once_and_noted_each_time_it_is_given_again() -> None:
    here = served()
    answers = [await here.ask() for _ in range(3)]
    assert answers == [{"page": {"text": "of ann"}}] * 3
    assert (here.desk.read, here.desk.paper("ann").given) == (1, 2)
    assert (here.kept.made, here.kept.given) == (1, 2)


async def test_what_an_answer_was_made_from_is_asked_before_it_is_given_again() -> None:
    here = served()
    await here.ask()
    here.desk.paper("ann").is_valid = False
    here.desk.papers["ann"] = Paper("second")
    assert await here.ask() == {"page": {"text": "second"}}
    assert await here.ask() == {"page": {"text": "second"}}
    assert here.desk.read == 2


async def test_the_bytes_are_gone_as_soon_as_what_they_were_made_from_is() -> None:
    here = served()
    await here.ask()
    assert (len(here.kept), here.kept.size_bytes > OVERHEAD_BYTES) == (1, True)
    here.desk.paper("ann").tear_up()
    assert (len(here.kept), here.kept.size_bytes) == (0, 0)


async def test_the_end_of_an_older_answer_does_not_take_a_newer_one_with_it() -> None:
    here = served()
    await here.ask()
    older = here.desk.paper("ann")
    older.is_valid = False
    here.desk.papers["ann"] = Paper("second")
    await here.ask()
    older.tear_up()
    assert len(here.kept) == 1


async def test_nobody_is_given_what_was_made_for_somebody_else() -> None:
    here = served()
    for _ in range(3):
        assert await here.ask(caller="ann") == {"page": {"text": "of ann"}}
        assert await here.ask(caller="bob") == {"page": {"text": "of bob"}}


async def test_other_variables_are_another_question() -> None:
    here, query = served(), "query ($n: Int!) { page { times(number: $n) } }"
    for number in (1, 2, 1, 2):
        assert await here.ask(query, n=number) == {"page": {"times": "of ann" * number}}
    assert here.desk.read == 2


async def test_whoever_would_rather_have_a_stream_gets_one_of_what_is_kept_too() -> None:
    here, rather = served(), "text/event-stream, application/json;q=0.5"
    await here.ask()
    answer = await post(here.endpoint, question("{ page { text } }"), token="ann", accept=rather)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert b"of ann" in answer.body


@pytest.mark.parametrize(
    "query",
    [
        "{ page { text undeclared } }",
        "{ page { ...F } } fragment F on Page { undeclared }",
        "query ($no: Boolean = true) { page { text undeclared @skip(if: $no) } }",
        "{ page { text } __schema { queryType { name } } }",
        '{ page { text } __type(name: "Page") { name } }',
        "{ page { fails } }",
        "{ a: page { text } b: page { text } }",
        "query ($no: Boolean = true) { __typename page @skip(if: $no) { text } }",
        "mutation { page { text } }",
    ],
)
async def test_an_answer_that_may_depend_on_anything_else_is_made_anew(query: str) -> None:
    here = served()
    for _ in range(3):
        await here.ask(query)
    assert (len(here.kept), here.kept.given) == (0, 0)


@pytest.mark.parametrize("query", ["{ page { text __typename } __typename }", "{ page { ... on Page { times } } }"])
async def test_an_answer_of_declared_fields_is_kept(query: str) -> None:
    here = served()
    assert await here.ask(query) == await here.ask(query)
    assert here.desk.read == 1


async def test_every_answer_has_its_own_request_id_and_the_media_type_that_was_asked_for() -> None:
    here, asked = served(), question("{ page { text } }")
    new = "application/graphql-response+json"
    first = await post(here.endpoint, asked, token="ann", x_request_id="one")
    again = await post(here.endpoint, asked, token="ann", x_request_id="two", accept=new)
    assert here.kept.given == 1
    assert again.body == first.body
    assert (first.headers["x-request-id"], again.headers["x-request-id"]) == ("one", "two")
    assert first.headers["content-type"] == "application/json; charset=utf-8"
    assert again.headers["content-type"] == f"{new}; charset=utf-8"
    assert set(first.headers) == set(again.headers)


async def test_who_would_rather_have_a_stream_gets_one_although_an_answer_is_kept() -> None:
    here, asked = served(), question("{ page { text } }")
    await post(here.endpoint, asked, token="ann")
    streamed = await post(here.endpoint, asked, token="ann", accept="text/event-stream, application/json;q=0.5")
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"


async def test_what_is_refused_is_refused_although_an_answer_is_kept() -> None:
    here, asked = served(), question("{ page { text } }")
    await post(here.endpoint, asked, token="ann")
    assert (await post(here.endpoint, asked, token="ann", accept="text/html")).status == 406
    assert (await post(here.endpoint, asked, token="ann", content_type="text/plain")).status == 415
    assert (await post(here.endpoint, asked, authorization="Basic ann")).status == 401
    assert here.kept.given == 0


@pytest.mark.parametrize("cut", [0, 1, 10])
@pytest.mark.parametrize("waits", [(), (None,), (None, None)])
async def test_a_request_that_arrives_in_parts_or_late_is_answered_all_the_same(
    cut: int, waits: tuple[None, ...]
) -> None:
    here, asked = served(), question("{ page { text } }")
    parts = [part for part in (asked[:cut], asked[cut:]) if part]
    answers = [await post(here.endpoint, *waits, *parts[:1], *waits, *parts[1:], token="ann") for _ in range(3)]
    assert [answer.json for answer in answers] == [{"data": {"page": {"text": "of ann"}}}] * 3


async def test_who_leaves_before_everything_arrived_is_not_answered() -> None:
    here = served()
    await here.ask()
    gone = await post(here.endpoint, token="ann")
    assert (gone.status, gone.body) == (0, b"")


async def test_a_request_too_large_is_refused_although_an_answer_is_kept() -> None:
    here = served(body_max_bytes=200)
    await here.ask()
    assert (await post(here.endpoint, b" " * 100, b" " * 101, token="ann")).status == 413


async def test_none_is_kept_where_none_may_be() -> None:
    here = served(kept_answers=0)
    await here.ask()
    assert (len(here.kept), here.kept.size_bytes) == (0, 0)


async def test_an_answer_too_large_for_its_share_is_not_kept() -> None:
    here, query = served(kept_answer_max_bytes=3_000), "query ($n: Int!) { page { times(number: $n) } }"
    await here.ask(query, n=1)
    await here.ask(query, n=1_000)
    assert len(here.kept) == 1


@given(
    asked=st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.binary(max_size=40), st.binary(max_size=400)), max_size=60
    ),
    torn=st.sets(st.integers(0, 59)),
)
def test_however_much_is_asked_memory_is_bounded_and_added_up_right(
    asked: list[tuple[str, bytes, bytes]], torn: set[int]
) -> None:
    limits = Limits(kept_answers=5, kept_answers_bytes=4 * (OVERHEAD_BYTES + 200), kept_answer_max_bytes=1_350)
    kept, expected = KeptAnswers(limits), dict[tuple[str, bytes], bytes]()
    for number, (who, what, body) in enumerate(asked):
        known = kept.answer(who, what)
        assert known is None or known.body == expected[who, what]
        if known is None:
            paper = Paper()
            kept.keep(who, what, paper, body)
            expected[who, what] = body
            if number in torn:
                paper.tear_up()
                assert kept.answer(who, what) is None
        assert len(kept) <= limits.kept_answers
        assert kept.size_bytes <= limits.kept_answers_bytes
    assert (kept.size_bytes == 0) == (len(kept) == 0)


async def test_those_asked_for_lately_stay() -> None:
    here = served(kept_answers=2)
    for caller in ("ann", "bob", "ann", "cyd", "ann"):
        await here.ask(caller=caller)
    assert here.kept.given == 2
    assert (here.desk.paper("ann").given, len(here.kept)) == (2, 2)
