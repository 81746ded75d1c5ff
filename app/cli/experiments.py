"""How does somebody plan an experiment, or analyse one that was run elsewhere?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console

if TYPE_CHECKING:
    from app.experiments.analyses import Analysis

LARGEST_RELEVANT = 0.5
NARROWEST = 120
"""A row of the table is broken by the terminal rather than cut off."""

MOST_VARIATIONS = 20
LARGEST_NUMBER = 1e12

experiments = typer.Typer(help="Plan experiments, and analyse any.", no_args_is_help=True)

Files: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Tables: .csv, .csv.gz, .jsonl or .jsonl.gz.")
]
Control: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Which variation the others are compared with.")]
Outcomes: TypeAlias = Annotated[
    list[str],
    typer.Option(
        "--outcome",
        metavar="COLUMN[:rate|mean|ratio][:less]",
        help="What is compared, the first decides. Without a kind: a rate if all is 0 or 1, else a mean. "
        "less: smaller is better.",
    ),
]
Guardrails: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--guardrail", metavar="COLUMN[:rate|mean|ratio][:less]", help="What a winner must not have worsened."
    ),
]
Variation: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Who got what.", show_default="each file is a variation, named like the file"),
]
User: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Rows of one user are taken together; else each row is a user.")
]
Users: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Rows are groups: how many users, outcomes being counts of them.")
]
Before: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="What users did before: takes off the spread it explains (CUPED).")
]
Denominator: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="What a ratio is divided by: clicks per view.")
]
Invariants: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--invariant", metavar="COLUMN", help="A count that must be split like the users."),
]
Allocations: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--allocation", metavar="NAME=SHARE,...", help="The planned split.", show_default="equal shares"),
]
LimitedTo: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--cap", metavar="AMOUNT|PERCENT%", help="What a user counts at most in a mean; 99.9%: that quantile of all."
    ),
]
LeaveOutEmpty: TypeAlias = Annotated[
    bool, typer.Option("--leave-out-empty", help="Leave out rows without a value; else they are refused.")
]
AnyTime: TypeAlias = Annotated[
    bool, typer.Option("--any-time", help="Conclude by what stays valid however often one looks, and may stop early.")
]
Relevant: TypeAlias = Annotated[
    float,
    typer.Option(min=0, max=LARGEST_RELEVANT, help="The smallest relative difference that matters, for NO_DIFFERENCE."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


@experiments.command("analyse")
def analyse(  # noqa: PLR0913 - the options of a command
    files: Files,
    *,
    control: Control,
    outcome: Outcomes,
    guardrail: Guardrails = None,
    variation: Variation = None,
    user: User = None,
    users: Users = None,
    before: Before = None,
    denominator: Denominator = None,
    invariant: Invariants = None,
    allocation: Allocations = None,
    cap: LimitedTo = None,
    leave_out_empty: LeaveOutEmpty = False,
    any_time: AnyTime = False,
    relevant: Relevant = 0.01,
    as_json: AsJson = False,
) -> None:
    """Tell what an experiment has shown, with the code that judges the engine's own, and conclude in words.

    Needs no engine and stores nothing. The verdict is for one look at an end that was planned, unless --any-time.
    Differences of rates are in points. p-values are adjusted for the number of variations, and outcomes.

    Example: `attune experiment analyse users.csv.gz --variation group --control old --outcome bought --before visits`
    """
    from app.experiments.analyses import analysed  # noqa: PLC0415 - slow to import
    from app.experiments.requests import (  # noqa: PLC0415 - slow to import
        Request,
        RequestRefused,
        parse_allocation,
        parse_cap,
        parse_outcome,
    )
    from domain.statistics.questions import Design, Looks  # noqa: PLC0415 - slow to import

    try:
        request = Request(
            control=control,
            outcomes=tuple(map(parse_outcome, outcome)),
            guardrails=tuple(map(parse_outcome, guardrail or ())),
            variation=variation,
            user=user,
            users=users,
            before=before,
            denominator=denominator,
            invariants=tuple(invariant or ()),
            allocation=parse_allocation(allocation or ()),
            cap=None if cap is None else parse_cap(cap),
            leave_out_empty=leave_out_empty,
            design=Design(looks=Looks.ANY_TIME if any_time else Looks.ONCE, relevant=relevant),
        ).checked()
    except RequestRefused as refused:
        raise typer.BadParameter(str(refused)) from None
    _report(analysed(files, request), as_json=as_json)


def _report(analysis: "Analysis", *, as_json: bool) -> None:
    from app.experiments import reports  # noqa: PLC0415 - slow to import

    if as_json:
        typer.echo(json.dumps(reports.as_json(analysis), allow_nan=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, NARROWEST)
    for part in reports.as_table(analysis):
        console.print(part)


Rate: TypeAlias = Annotated[float | None, typer.Option(min=0, max=1, help="The rate today, as a share.")]
Mean: TypeAlias = Annotated[float | None, typer.Option(min=0, max=LARGEST_NUMBER, help="Or the mean per user today.")]
Deviation: TypeAlias = Annotated[
    float | None, typer.Option(min=0, max=LARGEST_NUMBER, help="And its standard deviation between users.")
]
Wanted: TypeAlias = Annotated[float, typer.Option("--lift", min=-1, max=1_000, help="What to find: .05 is 5 % more.")]
PerDay: TypeAlias = Annotated[
    float, typer.Option("--users-per-day", min=0, max=LARGEST_NUMBER, help="New users a day, of all variations.")
]
SoFar: TypeAlias = Annotated[int, typer.Option("--users-so-far", min=0, help="Users there are already.")]
Variations: TypeAlias = Annotated[
    int, typer.Option("--variations", min=2, max=MOST_VARIATIONS, help="With the control, equally large.")
]
Power: TypeAlias = Annotated[float, typer.Option(min=0.5, max=0.999, help="The chance to find it if it is there.")]


@experiments.command("plan")
def plan(  # noqa: PLR0913 - the options of a command
    *,
    lift: Wanted,
    users_per_day: PerDay,
    rate: Rate = None,
    mean: Mean = None,
    deviation: Deviation = None,
    users_so_far: SoFar = 0,
    variations: Variations = 2,
    power: Power = 0.8,
    any_time: AnyTime = False,
) -> None:
    """Tell how many users and days an experiment needs before its difference can be found.

    Example: `attune experiment plan --rate .1 --lift .05 --users-per-day 5000 --any-time`
    """
    from app.experiments.plans import Forecast, baseline_of  # noqa: PLC0415 - slow to import
    from app.experiments.requests import RequestRefused  # noqa: PLC0415 - slow to import
    from domain.statistics.questions import Looks  # noqa: PLC0415 - slow to import

    try:
        baseline, outcome = baseline_of(rate, mean, deviation)
    except RequestRefused as refused:
        raise typer.BadParameter(str(refused)) from None
    looks = Looks.ANY_TIME if any_time else Looks.ONCE
    forecast = Forecast(baseline, outcome, (1.0,) * variations, users_per_day, looks, power)
    for line in forecast.told(lift, users_so_far):
        typer.echo(line)
