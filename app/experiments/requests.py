"""What does somebody want to know about the experiment in a file?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.questions import Design, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"rate": Outcome.RATE, "mean": Outcome.MEAN, "ratio": Outcome.RATIO}
LESS = "less"
_PERCENT = 100


class RequestRefused(Exception):
    """The table, or what is asked of it, makes no experiment; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class AskedOutcome:
    """A column and how to read it. `kind` is `None` where the values are to decide between rate and mean."""

    column: str
    kind: Outcome | None = None
    increase: bool = True


@dataclass(frozen=True, slots=True)
class Cap:
    """What a user counts at most: an amount, or the amount that a share of all users does not exceed."""

    amount: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """`variation` is `None` where each file is one. `users` counts the users of a row; without, a row is one user.

    The first outcome decides; guardrails may keep it from winning.
    """

    control: str
    outcomes: tuple[AskedOutcome, ...]
    guardrails: tuple[AskedOutcome, ...] = ()
    variation: str | None = None
    user: str | None = None
    users: str | None = None
    before: str | None = None
    denominator: str | None = None
    invariants: tuple[str, ...] = ()
    allocation: tuple[tuple[str, float], ...] = ()
    cap: Cap | None = None
    leave_out_empty: bool = False
    design: Design = Design()  # noqa: RUF009 - frozen

    @property
    def asked(self) -> tuple[AskedOutcome, ...]:
        return (*self.outcomes, *self.guardrails)

    @property
    def is_aggregated(self) -> bool:
        return self.users is not None

    def checked(self) -> Request:
        """Return the same.

        Raises:
            RequestRefused: two of the wishes exclude each other.

        """
        has_ratio = any(each.kind is Outcome.RATIO for each in self.asked)
        if has_ratio is not (self.denominator is not None):
            raise RequestRefused(
                "a ratio needs both: an outcome COLUMN:ratio, and --denominator COLUMN to divide it by"
            )
        if self.is_aggregated:
            self._check_aggregated()
        return self

    def _check_aggregated(self) -> None:
        if any(each.kind not in (Outcome.RATE, None) for each in self.asked):
            raise RequestRefused(
                "with --users a row holds counts, and counts tell no spread: outcomes can only be rates"
            )
        besides = {"--user": self.user, "--before": self.before, "--cap": self.cap}
        for option, value in besides.items():
            if value is not None:
                raise RequestRefused(f"{option} asks about single users, but with --users each row holds many")


def parse_outcome(text: str) -> AskedOutcome:
    """Read `COLUMN[:rate|mean|ratio][:less]`.

    Raises:
        RequestRefused: it is something else.

    """
    column, *rest = (part.strip() for part in text.split(":"))
    kinds = [part for part in rest if part in KINDS]
    if not column or len(rest) != len(kinds) + rest.count(LESS) or len(kinds) > 1 or rest.count(LESS) > 1:
        raise RequestRefused(f"{text!r} is not of the form COLUMN[:rate|mean|ratio][:less]")
    return AskedOutcome(column, KINDS[kinds[0]] if kinds else None, increase=LESS not in rest)


def parse_cap(text: str) -> Cap:
    """Read an amount, or the percentage of users whom the cap leaves as they are: `99.9%`.

    Raises:
        RequestRefused: it is something else.

    """
    number = _number(text.strip().removesuffix("%"))
    if not text.strip().endswith("%"):
        if number is None or number <= 0:
            raise RequestRefused(f"the cap {text!r} is neither an amount above 0 nor a percentage")
        return Cap(amount=number)
    if number is None or not 0 < number < _PERCENT:
        raise RequestRefused(f"the cap {text!r} is not a percentage between 0 and 100")
    return Cap(share=number / _PERCENT)


def parse_allocation(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Read `a=.5,b=.3,c=.2` as the planned shares, which must sum to 1.

    Raises:
        RequestRefused: it is something else, names a variation twice, or the shares do not sum to 1.

    """
    shares: dict[str, float] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        name, equals, share_text = (piece.strip() for piece in part.rpartition("="))
        share = _number(share_text)
        if not (name and equals) or share is None or not 0 < share <= 1:
            raise RequestRefused(f"{part!r} is not of the form VARIATION=SHARE with a share above 0 and up to 1")
        if name in shares:
            raise RequestRefused(f"the allocation names {name!r} twice")
        shares[name] = share
    if shares and not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        raise RequestRefused(f"the allocation sums to {sum(shares.values()):.6g}, not to 1")
    return tuple(shares.items())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
