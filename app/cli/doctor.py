"""How does one find out why the engine does not work here?"""

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.options import DataDir, Embedded
from app.cli.refusals import FAILED
from app.settings import SettingsRefused, load_settings

if TYPE_CHECKING:
    from app.doctor import Finding

STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red"}


def doctor(*, embedded: Embedded = None, data_dir: DataDir = None) -> None:
    """Check configuration, database, migrations, Redis and clock, and say what to do.

    Embedded servers that are not running are started for the check and stopped again. Exit code 1 if anything is wrong.
    """
    from app.doctor import Finding, State, examine  # noqa: PLC0415 - slow to import

    try:
        findings = examine(load_settings(embedded=embedded, data_dir=data_dir))
    except SettingsRefused as refused:
        findings = [Finding("configuration", State.WRONG, str(refused), "set it right, then ask again")]
    Console(highlight=False).print(_table(findings))
    if any(finding.state is State.WRONG for finding in findings):
        raise typer.Exit(FAILED)


def _table(findings: "list[Finding]") -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "what", "found", "to do"):
        table.add_column(heading)
    for finding in findings:
        state = Text(finding.state.value, STYLES[finding.state.value])
        table.add_row(state, finding.subject, Text(finding.text), Text(finding.remedy))
    return table
