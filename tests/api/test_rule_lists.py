"""Is the list of rules filtered, ordered and paged as asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import COMPACT, DARK, LIGHT, draft, updated, with_status
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api

RULES = """query($filter:RuleFilter,$orderBy:RuleOrder,$first:Int,$after:String){
  rules(filter:$filter,orderBy:$orderBy,first:$first,after:$after){totalCount
    edges{cursor node{key}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}"""


async def keys(api: Api, order: str = "PRIORITY_DESC", **filter_: Any) -> list[str]:
    """Without what makes them unique."""
    answer = await api.as_analyst().ask(RULES, filter=filter_, orderBy=order, first=100)
    found = [edge["node"]["key"].partition("-")[0] for edge in answer["rules"]["edges"]]
    assert answer["rules"]["totalCount"] == len(found)
    return found


async def test_every_filter_selects_and_every_order_orders(api: Api) -> None:
    word, place = unique("WORD"), unique("place")
    a = await draft(api, key=unique("a"), name="C", description=f"x {word} y", priority=1, places=[place])
    b = await draft(api, key=unique("b"), name=f"B {word.lower()}", priority=3, places=[], adaptations=[COMPACT])
    c = await draft(api, key=f"c-{word}", name="A", priority=2, places=["other"], adaptations=[COMPACT, LIGHT])
    d = await draft(api, key=unique("d"), name=f"D {word}", places=["other"], adaptations=[DARK])
    await with_status(api, b, "ACTIVE")
    await with_status(api, c, "PAUSED")
    await with_status(api, d, "ARCHIVED")
    assert await keys(api, search=word) == ["b", "c", "a"]
    assert await keys(api, "NAME_ASC", search=word) == ["c", "b", "a"]
    assert await keys(api, "UPDATED_DESC", search=word) == ["c", "b", "a"]
    await updated(api, a, name="C", description=word)
    assert await keys(api, "UPDATED_DESC", search=word.swapcase()) == ["a", "c", "b"]
    assert await keys(api, search=word, status=["ACTIVE"]) == ["b"]
    assert await keys(api, search=word, status=["DRAFT", "PAUSED"]) == ["c", "a"]
    assert await keys(api, search=word, status=["ARCHIVED"]) == ["d"]
    assert await keys(api, search=word, status=[]) == ["b", "c", "a"]
    assert await keys(api, search=word, place=place) == ["b", "a"]
    assert await keys(api, search=word, slot="theme.mode") == ["c", "a"]
    assert await keys(api, search=word, slot="layout.density", place="other", status=["PAUSED"]) == ["c"]
    assert await keys(api, search=word, slot="feature:none") == []
    await with_status(api, {**b, "revision": 2}, "ARCHIVED")


async def test_names_are_ordered_without_regard_to_case(api: Api) -> None:
    word = unique("case")
    for name in ("b", "A", "C"):
        await draft(api, key=unique(name), name=f"{name} {word}", places=["nowhere"])
    assert await keys(api, "NAME_ASC", search=word) == ["A", "b", "C"]


@pytest.mark.parametrize("order", ["PRIORITY_DESC", "UPDATED_DESC", "NAME_ASC"])
async def test_pages_together_hold_every_rule_once_in_order(api: Api, order: str) -> None:
    word = unique("paged")
    for n in range(7):
        await draft(api, name=f"{word} {n // 3}", priority=n // 3, places=["nowhere"])
    whole = (await api.as_admin().ask(RULES, filter={"search": word}, orderBy=order))["rules"]
    found: list[str] = []
    after = None
    for size in (3, 3, 1):
        page = (await api.as_admin().ask(RULES, filter={"search": word}, orderBy=order, first=3, after=after))["rules"]
        assert (len(page["edges"]), page["totalCount"]) == (size, 7)
        assert page["pageInfo"]["hasNextPage"] is (size == 3)
        found += [edge["node"]["key"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert found == [edge["node"]["key"] for edge in whole["edges"]]
    assert len(set(found)) == 7


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "a%b", "\U0001f600", "' OR 1=1 --"])
async def test_a_search_takes_every_character_as_it_is(api: Api, search: str) -> None:
    name = f"{unique('literal')} <{search}>"
    rule = await draft(api, name=name, places=["nowhere"])
    answer = await api.as_admin().ask(RULES, filter={"search": name}, first=100)
    assert [edge["node"]["key"] for edge in answer["rules"]["edges"]] == [rule["key"]]
    answer = await api.as_admin().ask(RULES, filter={"search": f"<{search}>{unique('x')}"}, first=100)
    assert answer["rules"]["edges"] == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [({"first": 0}, "first"), ({"first": 101}, "first"), ({"first": -5}, "first"), ({"after": "nonsense"}, "after")],
)
async def test_bad_pages_are_refused_by_the_argument(api: Api, arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal, match=word) as refusal:
        await api.as_admin().ask(RULES, **arguments)
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_a_cursor_of_another_order_is_refused_or_harmless(api: Api) -> None:
    page = (await api.as_admin().ask(RULES, orderBy="NAME_ASC", first=1))["rules"]
    answer = await api.as_admin().answer(RULES, orderBy="PRIORITY_DESC", after=page["pageInfo"]["endCursor"])
    assert "errors" not in answer or answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("filter_", [{"search": "\x00"}, {"search": "x" * 20_000}, {"place": "\x00"}, {"slot": "\x00"}])
async def test_filters_that_nothing_can_match_never_fail(api: Api, filter_: dict[str, Any]) -> None:
    answer = await api.as_admin().answer(RULES, filter=filter_)
    assert "errors" not in answer or answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
