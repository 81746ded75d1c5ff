"""How good are the models on the logs beside the repository? Every row is one command: `make evaluate`.

Prints Markdown, row by row. Where no log lies in `../shared/data`, a generated one shows that everything runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.evaluated_logs import DATA, ROWS, Row, generated
from benchmarks.tables import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ATTUNE = Path(sys.executable).parent / "attune"
TASKS = ("churn", "ltv", "next", "recommend", "segments")
HEAD = "| log | task | metric | aim | measured | 95 % | baseline |\n| --- | --- | --- | --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the command told, or the one line with which it refused."""

    told: Mapping[str, Any]
    refusal: str = ""

    def lines(self, row: Row) -> Iterator[str]:
        if self.refusal:
            yield f"| {row.log} | {row.task} | {self.refusal} | | | | |"
        for metric in self.told.get("metrics", ()):
            aim = row.aims.get(metric["metric"])
            shown = "" if aim is None else f"{aim}{'' if aim.is_reached_by(metric['value']) else ' (missed)'}"
            cells = (row.log, row.task, metric["metric"], shown, number(metric["value"]))
            interval = "" if metric["low"] is None else f"{number(metric['low'])} to {number(metric['high'])}"
            yield f"| {' | '.join((*cells, interval, number(metric['baseline'])))} |"


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4f}"


def outcome(row: Row) -> Outcome:
    ran = subprocess.run([ATTUNE, *row.arguments, "--json"], capture_output=True, text=True, check=False)
    if ran.returncode:
        return Outcome({}, ran.stderr.strip().removeprefix("attune: "))
    told: Mapping[str, Any] = json.loads(ran.stdout)
    return Outcome(told)


def show(rows: Iterable[Row]) -> None:
    print(HEAD)
    notes = []
    for row in rows:
        found = outcome(row)
        print("\n".join(found.lines(row)), flush=True)
        if found.told:
            served = "the baseline serves" if found.told["serves_baseline"] else "the model serves"
            notes.append(f"- {row.log}, {row.task}: {served}. {found.told['note']} ({found.told['seconds']:.0f} s)")
    print("", *notes, sep="\n")


def main() -> None:
    print(f"Measured on {machine()}.\n")
    present = [row for row in ROWS if row.path.exists()]
    if present:
        show(present)
        return
    print(f"No log lies in {DATA}: a generated one instead.\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.csv"
        generated(path)
        show(Row(folder, task, "", file=path.name) for task in TASKS)


if __name__ == "__main__":
    main()
