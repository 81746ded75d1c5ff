"""What is told at the end of an evaluation?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from domain.rules.instants import instant_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from app.evaluation.events import EventLog
    from app.evaluation.readings import Reading
    from app.evaluation.trials import Trial
    from app.replay.tallies import Tally
    from domain.model.insights import ModelQuality
    from prediction.training.outcomes import CalibrationBin, Trained
    from prediction.training.plans import Plan

LARGE = 10
"""From here on digits behind the point say nothing."""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What was read, and between which instants it happened."""

    tally: Tally
    left_out: int
    strays: int
    events: int
    users: int
    first_us: int | None
    last_us: int | None

    @classmethod
    def of(cls, reading: Reading, log: EventLog) -> LogSummary:
        instants = log.columns.instants
        spans = (int(instants.min()), int(instants.max())) if reading.is_timed else (None, None)
        return cls(reading.tally, reading.left_out, reading.strays, len(log), len(log.users), *spans)

    def as_json(self) -> dict[str, Any]:
        return {
            "lines": self.tally.lines,
            "refused": self.tally.refused,
            "refusals": [refusal._asdict() for refusal in self.tally.refusals],
            "duplicates": self.tally.duplicates,
            "left_out": self.left_out,
            "strays": self.strays,
            "events": self.events,
            "users": self.users,
            "first": None if self.first_us is None else instant_at(self.first_us).isoformat(),
            "last": None if self.last_us is None else instant_at(self.last_us).isoformat(),
        }

    def told(self) -> str:
        parts = [f"{self.events:,} events of {self.users:,} users"]
        if self.first_us is not None and self.last_us is not None:
            parts.append(f"{instant_at(self.first_us):%Y-%m-%d} to {instant_at(self.last_us):%Y-%m-%d}")
        parts.append(f"{self.tally.lines:,} lines")
        named = {
            "refused": self.tally.refused,
            "duplicates": self.tally.duplicates,
            "left out": self.left_out,
            "of quite another time": self.strays,
        }
        return ", ".join(parts + [f"{count:,} {name}" for name, count in named.items() if count])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one task went on one log."""

    task: str
    log: LogSummary
    trial: Trial
    trained: Trained[Any]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        trained = self.trained
        return {
            "task": self.task,
            "log": self.log.as_json(),
            "split": self.trial.split,
            "plan": None if self.trial.plan is None else _plan(self.trial.plan),
            "rows": trained.rows,
            "metrics": [_metric(quality) for quality in trained.quality],
            "serves_baseline": trained.serves_baseline,
            "note": trained.note,
            "calibration": [_bin(each) for each in trained.calibration],
            "seconds": round(self.seconds, 3),
        }

    def as_table(self) -> Iterator[RenderableType]:
        """Yield what rich prints: what was read, how it was split, the figures, and what follows from them."""
        yield Text(f"{self.task}: {self.log.told()}")
        yield Text(self.trial.split)
        yield ""
        yield _metrics_table(self.trained.quality) if self.trained.quality else Text("Nothing could be measured.")
        yield ""
        served = "The baseline serves" if self.trained.serves_baseline else "The model serves"
        yield Text(f"{served}. {self.trained.note}".strip())
        yield Text(f"trained on {self.trained.rows:,} rows in {self.seconds:,.0f} s")
        if self.trained.calibration:
            yield ""
            yield _calibration_table(self.trained.calibration)
        for refusal in self.log.tally.refusals:
            # What the log says is shown as it is, never read as markup.
            yield Text(f"refused line {refusal.line}: {refusal.reason}")


def _metrics_table(qualities: tuple[ModelQuality, ...]) -> Table:
    table = Table("metric", box=None, pad_edge=False)
    for name in ("model", "95 % interval", "baseline"):
        table.add_column(name, justify="right")
    for quality in qualities:
        interval = "-" if quality.low is None else f"{_number(quality.low)} to {_number(quality.high)}"
        table.add_row(quality.metric, _number(quality.value), interval, _number(quality.baseline))
    return table


def _calibration_table(bins: tuple[CalibrationBin, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("predicted", "came true", "rows"):
        table.add_column(name, justify="right")
    for each in bins:
        table.add_row(f"{each.predicted:.3f}", f"{each.observed:.3f}", f"{each.rows:,}")
    return table


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.1f}" if abs(value) >= LARGE else f"{value:.4f}"


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "horizon_days": plan.horizon_days,
        "active_days": plan.active_days,
        "training": [at.isoformat() for at in plan.training],
        "test": [at.isoformat() for at in plan.test],
        "explanation": plan.explanation,
    }


def _metric(quality: ModelQuality) -> dict[str, Any]:
    figures = {"value": quality.value, "baseline": quality.baseline, "low": quality.low, "high": quality.high}
    return {"metric": quality.metric, **{name: _json_number(value) for name, value in figures.items()}}


def _bin(each: CalibrationBin) -> dict[str, Any]:
    return {
        "predicted": _json_number(each.predicted),
        "observed": _json_number(each.observed),
        "rows": each.rows,
    }


def _json_number(value: float | None) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if value is not None and math.isfinite(value) else None
