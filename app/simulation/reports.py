"""What is told at the end of a simulation?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from app.simulation.heterogeneity import FAVOURITE_ODDS
from app.simulation.populations import UNDECIDED
from app.simulation.strategies import Strategy
from app.simulation.trials import CLAIM, HOLDOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from app.simulation.false_alarms import FalseAlarms
    from app.simulation.populations import Population
    from app.simulation.trials import Spread, Trial


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who was simulated. `decided`: the share to whom a rule applies, `right`: that of these shown their favourite."""

    users: int
    days: int
    worlds: int
    seed: int
    legibility: float
    decided: float
    right: float

    @classmethod
    def of(cls, population: Population, worlds: int, seed: int, legibility: float) -> Crowd:
        decided = population.decided != UNDECIDED
        right = population.decided[decided] == population.favourites[decided]
        return cls(
            users=len(population),
            days=int(population.days[-1]) + 1,
            worlds=worlds,
            seed=seed,
            legibility=legibility,
            decided=float(decided.mean()),
            right=float(right.mean()) if right.size else 0.0,
        )

    def told(self) -> str:
        return (
            f"{self.users:,} users in {self.days} days, in {self.worlds} worlds. {self.legibility:.0%} of what they "
            f"did shows their favourite; rules apply to {self.decided:.0%}, and are right about {self.right:.0%} "
            "of these."
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    crowd: Crowd
    trials: tuple[Trial, ...]
    alarms: FalseAlarms

    def as_json(self) -> dict[str, Any]:
        return {
            "crowd": asdict(self.crowd),
            "claim": CLAIM,
            "trials": [
                {
                    **asdict(trial),
                    "favourite_odds": FAVOURITE_ODDS[trial.heterogeneity],
                    "performances": {each.strategy: _performance(asdict(each)) for each in trial.performances},
                }
                for trial in self.trials
            ],
            "false_alarms": asdict(self.alarms),
        }

    def as_table(self) -> Iterator[RenderableType]:
        """Yield what rich prints: assumptions, each strength of tastes, false alarms, and what is left of the claim."""
        yield Text(self.crowd.told())
        for trial in self.trials:
            yield ""
            yield Text(
                f"Tastes {trial.heterogeneity}: a favourite has {FAVOURITE_ODDS[trial.heterogeneity]:g} times the odds"
            )
            yield _table(trial)
            yield Text(_measured(trial))
            yield Text(
                f"A test of a third of the users advises in {trial.told_to_personalise:.0%} of worlds to choose per "
                f"segment. In the first: {trial.advice}"
            )
        yield ""
        yield Text(_alarms(self.alarms))
        yield Text(_claim(self.trials))


def _performance(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure for name, figure in figures.items() if name != "strategy"}


def _table(trial: Trial) -> Table:
    table = Table("strategy", box=None, pad_edge=False)
    for name in ("conversion", "lift", "95 % of worlds", "lost conversions"):
        table.add_column(name, justify="right")
    for each in trial.performances:
        table.add_row(
            each.strategy,
            f"{each.rate.mean:.2%}",
            f"{each.lift.mean:+.1%}",
            _range(each.lift),
            f"{each.lost.mean:,.0f}",
        )
    return table


def _range(spread: Spread) -> str:
    return f"{spread.low:+.1%} to {spread.high:+.1%}"


def _measured(trial: Trial) -> str:
    measured = trial.measured
    if measured is None or trial.covered is None:
        return "Too few conversions to measure the lift of the rules against a holdout."
    return (
        f"Measured against a holdout of {HOLDOUT:.0%} in the first world: {measured.estimate:+.1%} "
        f"[{measured.low:+.1%}, {measured.high:+.1%}]; such intervals contain the true lift in {trial.covered:.0%} of "
        "worlds."
    )


def _alarms(alarms: FalseAlarms) -> str:
    return (
        f"Of {alarms.experiments:,} experiments without any effect, the fixed interval finds one in "
        f"{alarms.at_the_end:.1%} at the end and in {alarms.any_day:.1%} if looked at daily, the always-valid one in "
        f"{alarms.any_day_sequential:.1%}."
    )


def _claim(trials: tuple[Trial, ...]) -> str:
    lifts = (
        f"{trial.heterogeneity} {trial.of(Strategy.RULES).lift.mean:+.1%} [{_range(trial.of(Strategy.RULES).lift)}], "
        f"reached in {trial.claim_reached:.0%} of worlds"
        for trial in trials
    )
    return f"Of the claim of {CLAIM:+.0%} conversion, rules bring by strength of tastes: {'; '.join(lifts)}."
