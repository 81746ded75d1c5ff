"""How are refusals told to clients?"""

from collections.abc import Awaitable, Collection
from typing import Self, TypeVar

import strawberry

from domain.errors import OperationRefused, Problem, Refused

T = TypeVar("T")

SHOWN: tuple[type[OperationRefused], ...] = (OperationRefused,)
"""The exceptions whose message and `code` are made for clients; every other one is masked."""

INPUT = "input"


def code_of(error: BaseException) -> str | None:
    """`extensions.code` of an exception that may be shown; `None` for one that is masked."""
    return error.code if isinstance(error, SHOWN) else None


@strawberry.type(description="One reason why a request was refused. What is refused has changed nothing.")
class UserError:
    message: str = strawberry.field(description="What is wrong, and what would be right, for people.")
    code: str = strawberry.field(description="What is wrong, for programs: it never changes.")
    path: list[str] = strawberry.field(
        description="Where: from the argument down to the field, list positions as numbers. Empty: the whole request."
    )

    @classmethod
    def of(cls, problem: Problem) -> Self:
        return cls(message=problem.message, code=problem.code, path=list(problem.path))


async def attempted(
    change: Awaitable[T], arguments: Collection[str] = (), *, single: bool = False
) -> tuple[T | None, list[UserError]]:
    """The outcome of a change, or why it was refused.

    `arguments` are those of the mutation besides `input`: paths begin at an argument. `single`: the change takes a
    list, the mutation only one of it, so paths do not name its position.
    """
    try:
        return await change, []
    except Refused as refused:
        return None, [UserError.of(_located(problem, arguments, single=single)) for problem in refused.problems]


def _located(problem: Problem, arguments: Collection[str], *, single: bool) -> Problem:
    path = problem.path
    if single and path[:2] == (INPUT, "0"):
        return Problem(problem.code, problem.message, (INPUT, *path[2:]))
    if not path or path[0] == INPUT or path[0] in arguments:
        return problem
    return problem.within(INPUT)
