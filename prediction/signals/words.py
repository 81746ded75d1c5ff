"""How are signals written for people?"""

from __future__ import annotations

EXACT_BELOW = 10
"""Smaller amounts that are not whole are told with one decimal."""


def number(amount: float) -> str:
    """`1,204`, `3.5`, `12`."""
    shown = round(amount, 1) if abs(amount) < EXACT_BELOW else round(amount)
    return f"{int(shown):,}" if shown == int(shown) else f"{shown:,.1f}"


def counted(amount: float, unit: str, *, one: str = "1 ") -> str:
    """`1 day`, `23 days`, `3.5 days`; `one` stands before a single unit: without it, every day is "every day"."""
    shown = number(amount)
    return f"{one}{unit}" if shown == "1" else f"{shown} {unit}s"


def only(amount: int, unit: str, one: str = "was", many: str = "were") -> str:
    """`Only 1 user was`, `Only 3 users were`."""
    return f"Only {counted(amount, unit)} {one if amount == 1 else many}"
