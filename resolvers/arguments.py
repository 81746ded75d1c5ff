"""What is wrong with an argument, and how is that said where there is no payload for it?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from domain.errors import InvalidInput, Refused
from domain.model.pages import MAX_PAGE_ITEMS, PageRequest
from domain.model.users import MAX_USER_ID_CHARACTERS, UserId, is_user_id
from domain.rules.documents.codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.errors import Problem
    from domain.model.json_values import JsonObject
    from domain.rules.documents.reading import Reader

Document: TypeAlias = Mapping[str, Any]
"""An input object as GraphQL has checked it: camelCase names, domain enumerations, aware datetimes."""

DEFAULT_PAGE_ITEMS = 20
MAX_ID_CHARACTERS = 128
MAX_PROBLEMS_SAID = 5


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Queries and subscriptions have no `userErrors`: what they are refused for is a GraphQL error."""
    try:
        yield
    except Refused as refused:
        raise InvalidInput("; ".join(map(_in_words, refused.problems[:MAX_PROBLEMS_SAID]))) from refused


def _in_words(problem: Problem) -> str:
    return f"{'.'.join(problem.path)}: {problem.message}" if problem.path else problem.message


def page_request(first: int | None, after: str | None) -> PageRequest:
    """Raises `InvalidInput` naming the argument."""
    return PageRequest(limit(first, DEFAULT_PAGE_ITEMS), after)


def limit(first: int | None, default: int) -> int:
    """How many items are asked for. Raises `InvalidInput` unless that is 1 to 100."""
    if first is None:
        return default
    if not 1 <= first <= MAX_PAGE_ITEMS:
        raise InvalidInput(f"first: ask for 1 to {MAX_PAGE_ITEMS} items, not {first}")
    return first


def user_id_argument(user_id: str, name: str = "userId") -> UserId:
    """Raises `Refused`."""
    if not is_user_id(user_id):
        message = f"a user id has 1 to {MAX_USER_ID_CHARACTERS} printable characters, no spaces around them"
        raise Refused.because("INVALID_USER_ID", message, name)
    return UserId(user_id)


def is_possible_id(text: str) -> bool:
    """Can anything have this id or key? If not, it need not (and sometimes cannot) be looked up."""
    return 0 < len(text) <= MAX_ID_CHARACTERS and text.isprintable()


def read_object(reader: Reader) -> JsonObject:
    """A JSON object within the limits of stored JSON."""
    before = len(reader.problems)
    value = reader.json()
    if isinstance(value, dict):
        return value
    if not reader.is_flawed_since(before):
        reader.refuse(Code.WRONG_TYPE, "give a JSON object")
    return {}
