"""How much would personalising bring, and under which assumptions?"""

import json
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from app.simulation.heterogeneity import Heterogeneity

LARGEST_SEED = 2**31 - 1
FEWEST_USERS, MOST_USERS = 100, 1_000_000
MOST_DAYS = 365
MOST_WORLDS = 1_000
MOST_EXPERIMENTS = 100_000

Users: TypeAlias = Annotated[int, typer.Option(min=FEWEST_USERS, max=MOST_USERS, help="How many users come.")]
Days: TypeAlias = Annotated[int, typer.Option(min=3, max=MOST_DAYS, help="In how many days, equally many each.")]
Worlds: TypeAlias = Annotated[
    int, typer.Option(min=2, max=MOST_WORLDS, help="How often tastes and luck are drawn anew.")
]
Seed: TypeAlias = Annotated[
    int, typer.Option(min=0, max=LARGEST_SEED, help="Equal options and seed give equal figures.")
]
Strengths: TypeAlias = Annotated[
    list[Heterogeneity] | None,
    typer.Option(
        "--heterogeneity",
        metavar="STRENGTH",
        help=f"How much tastes matter; may be repeated: {', '.join(Heterogeneity)}.",
        case_sensitive=False,
        show_default="all",
    ),
]
Legibility: TypeAlias = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Which share of what users did shows their favourite.")
]
Experiments: TypeAlias = Annotated[
    int, typer.Option(min=1, max=MOST_EXPERIMENTS, help="Without effect, to count false alarms.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


def simulate(  # noqa: PLR0913 - the options of a command
    *,
    users: Users = 20_000,
    days: Days = 30,
    worlds: Worlds = 20,
    seed: Seed = 0,
    heterogeneity: Strengths = None,
    legibility: Legibility = 0.5,
    experiments: Experiments = 1_000,
    as_json: AsJson = False,
) -> None:
    """Simulate users with hidden preferences, and compare a default with rules, tests and bandits.

    Needs no engine and stores nothing; profiles, rules, buckets and statistics are the engine's own. Prints, for each
    strength of tastes, how much more users convert than under the default, how many conversions are lost against the
    best single variation, how often verdicts are false, and what is left of the claim of 35 % more conversion.

    Example: `attune simulate --heterogeneity medium --legibility 0.8`
    """
    from app.simulation.false_alarms import false_alarms  # noqa: PLC0415 - slow to import
    from app.simulation.populations import simulated_population  # noqa: PLC0415 - slow to import
    from app.simulation.reports import Crowd, Simulation  # noqa: PLC0415 - slow to import
    from app.simulation.trials import tried  # noqa: PLC0415 - slow to import

    population = simulated_population(users, days, seed, legibility)
    strengths = tuple(dict.fromkeys(heterogeneity or Heterogeneity))
    simulation = Simulation(
        crowd=Crowd.of(population, worlds, seed, legibility),
        trials=tuple(tried(population, strength, seed, worlds) for strength in strengths),
        alarms=false_alarms(users, days, seed, experiments),
    )
    if as_json:
        typer.echo(json.dumps(simulation.as_json(), allow_nan=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for part in simulation.as_table():
        console.print(part)
