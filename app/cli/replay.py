"""How is a real log of events sent to a running engine?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.cli.engines import Url, check_destination, local_token
from app.cli.options import DataDir, Kind, Mapping, duration, mapping_of
from app.cli.refusals import FAILED, INTERRUPTED, say
from app.replay.deliveries import DEFAULT_IN_FLIGHT, Patience
from app.replay.files import recognise
from app.replay.replays import DEFAULT_BATCH, LARGEST_BATCH, Replay
from app.replay.sessions import Ended, Session, Target
from app.replay.summaries import Outcome
from app.replay.tallies import Tally
from domain.model.principals import Role
from domain.model.users import UserId

MOST_IN_FLIGHT = 64
REPLAY_USER = UserId("attune-replay")
# Longer than any replay should take; the token never leaves this process.
TOKEN_LASTS = timedelta(days=7)


def replay(  # noqa: PLR0913 - the options of a command
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A log: .csv, .csv.gz, .jsonl or .jsonl.gz.")],
    *,
    mapping: Mapping = None,
    kind: Kind = None,
    url: Url,
    token: Annotated[
        str | None,
        typer.Option(
            help="A token with the role service.", envvar="ATTUNE_TOKEN", show_default="made with the local secret"
        ),
    ] = None,
    data_dir: DataDir = None,
    batch: Annotated[int, typer.Option(min=1, max=LARGEST_BATCH, help="Interactions per request.")] = DEFAULT_BATCH,
    in_flight: Annotated[
        int, typer.Option(min=1, max=MOST_IN_FLIGHT, help="Requests on their way at once.")
    ] = DEFAULT_IN_FLIGHT,
    give_up_after: Annotated[
        timedelta, typer.Option(help="How long a batch is tried again.", parser=duration, metavar="DURATION")
    ] = "60s",  # type: ignore[assignment]  # typer parses the default like a given value
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this many lines.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first refused line.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check the log, send nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Send a real event log through the public API of a running engine.

    Every line is counted once: replaying a log again, or going on after an interruption, reports what is stored already
    as duplicates. Times are unix seconds or milliseconds, or ISO 8601 (without an offset: UTC); `offset`
    is in minutes from UTC and tells the user's local time; `tags` are separated by |.

    Example: `attune replay events.csv.gz --map user=user_id,time=unix_ts,target=event --kind FEATURE_USE`
    """
    sent = Replay(
        log=recognise(file),
        mapping=mapping_of(mapping, kind),
        kind=kind,
        batch_size=batch,
        limit=limit,
        strict=strict,
    )
    patience = Patience(give_up_after_seconds=give_up_after.total_seconds())
    target = None
    if not dry_run:
        check_destination(url, token)
        token = token or local_token(data_dir, REPLAY_USER, Role.SERVICE, TOKEN_LASTS)
        target = Target(url=url, token=token, in_flight=in_flight, patience=patience)
    with _session(sent, target) as session:
        ended = session.run()
    _report(ended, as_json=as_json)


@contextmanager
def _session(sent: Replay, target: Target | None) -> Iterator[Session]:
    """Show how far the replay is, if anybody watches standard error."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[count]:,} events"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tally = Tally()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading" if target is None else "sending", total=sent.log.size_bytes, count=0)

        def show(position: int) -> None:
            bar.update(task, completed=position, count=tally.lines if target is None else tally.sent)

        yield Session(replay=sent, target=target, tally=tally, progress=show)


def _report(ended: Ended, *, as_json: bool) -> None:
    summary = ended.summary
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for part in summary.as_table():
            console.print(part)
    if ended.reason is not None:
        say(f"{ended.reason}; {_how_to_go_on(ended)}", FAILED)
    if summary.outcome is Outcome.INTERRUPTED:
        raise typer.Exit(INTERRUPTED)
    if not summary.is_good:
        raise typer.Exit(FAILED)


def _how_to_go_on(ended: Ended) -> str:
    line = ended.summary.tally.settled_line
    return f"everything up to line {line:,} is settled, and running the same command again continues from there"
