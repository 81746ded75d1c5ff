"""What can be refused, and how a refusal names its reason.

An expected refusal is data (`Problem`s inside `Refused`) that the API returns as `userErrors`; missing rights and
unavailable stores end the operation with a code. Anything else is a fault: it is masked, logged and fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: what, under which stable code, and where (`("input", "2", "key")`)."""

    code: str
    message: str
    path: tuple[str, ...] = ()

    def within(self, *outer: str) -> Problem:
        """The same problem, seen from an enclosing input."""
        return Problem(self.code, self.message, (*outer, *self.path))


class Refused(Exception):
    """The request was understood and changes nothing, for the stated reasons."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))

    @classmethod
    def because(cls, code: str, message: str, *path: str) -> Self:
        return cls((Problem(code, message, path),))


class OperationRefused(Exception):
    """The whole operation ends with a GraphQL error whose `extensions.code` is `code`."""

    code: ClassVar[str]


class Unauthenticated(OperationRefused):
    """Nobody is signed in, and the operation needs somebody."""

    code = "UNAUTHENTICATED"


class Forbidden(OperationRefused):
    """Who is signed in may not do this."""

    code = "FORBIDDEN"


class InvalidInput(OperationRefused):
    """An argument is wrong where there is no payload to say so: the message names the argument and the reason."""

    code = "BAD_USER_INPUT"


class Unavailable(OperationRefused):
    """A store does not answer; the same request may be sent again."""

    code = "UNAVAILABLE"
