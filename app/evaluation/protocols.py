"""At which instants are the models trained and tested, if somebody wants to say so?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prediction.training.plans import Plan, every

if TYPE_CHECKING:
    from collections.abc import Sequence

RANGE, STEP, NEXT = "..", "/", ","
MAX_CUT_OFFS = 500
SHOWN_CUT_OFFS = 3


class ProtocolRefused(ValueError):
    """The text or the combination says no protocol; one line that says why."""


def parse_cut_offs(text: str) -> tuple[datetime, ...]:
    """Read `2020-01-01..2020-07-01/14` (every 14 days) or `2020-01-01,2020-02-01`; naive means UTC.

    Raises:
        ProtocolRefused: it is neither, or more than 500 cut-offs.

    """
    first, is_range, rest = text.partition(RANGE)
    if not is_range:
        return tuple(map(_instant, text.split(NEXT)))
    last, has_step, step = rest.partition(STEP)
    days = step.strip().removesuffix("d")
    if not has_step or not (days.isascii() and days.isdigit()) or int(days) < 1:
        raise ProtocolRefused(f"{text!r} does not say every how many days: write FROM..UNTIL/DAYS")
    begins, ends = _instant(first), _instant(last)
    if (ends - begins).days / int(days) >= MAX_CUT_OFFS:
        raise ProtocolRefused(f"{text!r} are more than {MAX_CUT_OFFS} cut-offs")
    cut_offs = every(int(days), begins, ends)
    if not cut_offs:
        raise ProtocolRefused(f"{text!r} ends before it begins")
    return cut_offs


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What was asked for; whatever was not is for the data to say: nothing, the days, or all."""

    horizon_days: int | None = None
    active_days: int | None = None
    training: Sequence[datetime] = ()
    test: Sequence[datetime] = ()

    def plan(self) -> Plan | None:
        """The plan, if cut-offs were asked for; users are active within a horizon unless said otherwise.

        Raises:
            ProtocolRefused: only a part of it was, or the parts contradict each other.

        """
        if not self.training and not self.test:
            return None
        if not self.training or not self.test or self.horizon_days is None:
            raise ProtocolRefused("--train-cutoffs needs --test-cutoffs and --horizon-days, and the reverse")
        try:
            return Plan(
                horizon_days=self.horizon_days,
                active_days=self.active_days or self.horizon_days,
                training=tuple(self.training),
                test=tuple(self.test),
            )
        except ValueError as contradiction:
            raise ProtocolRefused(f"these cut-offs cannot be used: {contradiction}") from None


def plan_told(plan: Plan) -> str:
    """A plan in words."""
    return (
        f"horizon {_days(plan.horizon_days)}, active within {_days(plan.active_days)}; "
        f"trained at {_told(plan.training)}, tested at {_told(plan.test)}. {plan.explanation}"
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _told(cut_offs: Sequence[datetime]) -> str:
    if len(cut_offs) <= SHOWN_CUT_OFFS:
        return ", ".join(f"{at:%Y-%m-%d}" for at in cut_offs)
    return f"{len(cut_offs)} cut-offs from {cut_offs[0]:%Y-%m-%d} to {cut_offs[-1]:%Y-%m-%d}"


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ProtocolRefused(f"{text.strip()!r} is not a date like 2020-01-31") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
