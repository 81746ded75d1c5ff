"""How is a figure shown beside its floor?"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """`floor` is what the same work costs at the least, measured in the same run; `ratio` says how they compare."""

    what: str
    measured: str
    floor: str
    ratio: str


def show(title: str, figures: list[Figure]) -> None:
    table = Table(title=title, title_justify="left")
    for column in ("what", "measured", "floor in the same run", "ratio"):
        table.add_column(column)
    for figure in figures:
        table.add_row(figure.what, figure.measured, figure.floor, figure.ratio)
    Console(width=150).print(table)


def machine() -> str:
    python = f"CPython {platform.python_version()}"
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.system()}, {python}"


def share(part: float, whole: float) -> str:
    return f"{part / whole:.0%} of the floor"


def times(measured: float, floor: float) -> str:
    return f"{measured / floor:.1f} x the floor"
