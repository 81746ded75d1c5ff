"""Is every cursor that is not ours refused, and never a fault?"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.pages import MAX_PAGE_ITEMS, PageRequest
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter
from domain.ports.profiles import UserFilter
from domain.ports.rules import RuleFilter, RuleOrder
from persistence.postgres.cursors import MAX_CURSOR_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.ports.units_of_work import UnitOfWork
    from persistence.postgres.units_of_work import PostgresUnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

LISTS: dict[str, Callable[[UnitOfWork, PageRequest], Awaitable[Any]]] = {
    "interactions": lambda work, page: work.interactions.of_user(UserId("ada"), InteractionFilter(), page),
    "users": lambda work, page: work.profiles.page(UserFilter(), page),
    "members": lambda work, page: work.segments.members(SegmentKey("busy"), page),
    "rules.PRIORITY_DESC": lambda work, page: work.rules.page(RuleFilter(), RuleOrder.PRIORITY_DESC, page),
    "rules.NAME_ASC": lambda work, page: work.rules.page(RuleFilter(), RuleOrder.NAME_ASC, page),
    "rule_revisions": lambda work, page: work.rules.histories([], page),
}
BEFORE_TIME = "0001-01-01T00:00:00+14:00"
NOW = datetime(2026, 3, 4, tzinfo=UTC)

values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.text(max_size=5)
) | st.sampled_from([NOW.isoformat(), "2026-03-04T00:00:00", "0001-01-01T00:00:00", BEFORE_TIME, "a\x00b", [], {}])
forged = st.builds(lambda name, rest: [name, *rest], st.sampled_from(sorted(LISTS)), st.lists(values, max_size=3))
noise = (
    st.text(max_size=20) | st.just("A" * (MAX_CURSOR_CHARACTERS + 1)) | st.sampled_from(["", "e30", "bnVsbA", "W10"])
)


def written(document: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(document)).decode().rstrip("=")


async def problems_of(listing: Awaitable[object]) -> list[tuple[str, tuple[str, ...]]]:
    try:
        await listing
    except Refused as refused:
        return [(problem.code, problem.path) for problem in refused.problems]
    return []


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(name="users", cursor=written(["users", BEFORE_TIME, "ada"]))
@given(name=st.sampled_from(sorted(LISTS)), cursor=forged.map(written) | noise)
async def test_a_forged_cursor_is_refused_or_is_just_a_place_in_the_list(
    begin: PostgresUnitsOfWork, name: str, cursor: str
) -> None:
    async with begin() as work:
        problems = await problems_of(LISTS[name](work, PageRequest(2, cursor)))

    assert problems in ([], [("INVALID_CURSOR", ("after",))])


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("size", [0, -1, MAX_PAGE_ITEMS + 2])
async def test_a_page_of_a_size_that_the_api_never_asks_for_is_a_fault(
    begin: PostgresUnitsOfWork, name: str, size: int
) -> None:
    async with begin() as work:
        with pytest.raises(ValueError, match="a page holds"):
            await LISTS[name](work, PageRequest(size))
