"""How are rules, segments and the catalogue taken out of an engine into a file, and put in again?"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeAlias
from uuid import uuid4

import typer

from app.cli.engines import Url, check_destination, local_token
from app.cli.options import DataDir
from app.cli.refusals import FAILED, CommandRefused, say
from app.definitions.engine import DefiningEngine, connected
from app.definitions.files import document_text, read_document, write_document
from app.definitions.reports import (
    changes_in,
    changes_told,
    contents_told,
    counts_told,
    finding_told,
    notes_told,
    problem_told,
)
from domain.errors import Refused
from domain.model.definitions import Definitions
from domain.model.imports import AttributeSource, GrowthBookOptions, ImportFormat
from domain.model.principals import Role
from domain.model.users import UserId
from domain.rules.documents.rule_sets import parse_rule_set
from domain.rules.growthbook import Translation, translate
from domain.rules.imported_findings import findings_in, unspoken_segments
from domain.rules.imported_rules import Authorship

RULES_USER = UserId("attune-rules")
TOKEN_LASTS = timedelta(hours=1)

rules = typer.Typer(no_args_is_help=True, help="Keep rules, segments and the catalogue in a file.")

File: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="A document of rules in JSON; - for standard input.")
]
From: TypeAlias = Annotated[
    ImportFormat,
    typer.Option("--from", metavar="FORMAT", help="How it is written: attune or growthbook.", case_sensitive=False),
]
Environment: TypeAlias = Annotated[
    str | None, typer.Option(help="GrowthBook: whose features are meant, if its REST API listed them.")
]
UserAttribute: TypeAlias = Annotated[str, typer.Option(help="GrowthBook: the attribute that is the user's id here.")]
AttributesAre: TypeAlias = Annotated[
    AttributeSource,
    typer.Option(
        metavar="WHERE",
        help="GrowthBook: whether conditions find its attributes in the request's attributes or in the user's traits.",
        case_sensitive=False,
    ),
]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option(help="A token with the role admin.", envvar="ATTUNE_TOKEN", show_default="made with the local secret"),
]


@rules.command("export")
def export_rules(
    *,
    output: Annotated[Path | None, typer.Option(help="The file to write.", show_default="standard output")] = None,
    url: Url,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Write everything that is defined as one document, in the same order every time: to be kept, compared, imported.

    Archived rules are left out. Example: `attune rules export --output rules.json`
    """
    with _engine(url, token, data_dir) as engine:
        document = engine.export_rules()
    if output is None:
        typer.echo(document_text(document), nl=False)
    else:
        write_document(output, document)


@rules.command("import")
def import_rules(  # noqa: PLR0913 - the options of a command
    file: File,
    *,
    written: From = ImportFormat.ATTUNE,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also archive, delete and remove what the document does not name.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and import nothing.")] = False,
    environment: Environment = None,
    user_attribute: UserAttribute = "id",
    attributes_are: AttributesAre = AttributeSource.ATTRIBUTES,
    url: Url,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Say what a document would change in a running engine, ask, and do it: all of it or nothing.

    What the document does not name stays, unless --prune is given. Importing a document twice changes nothing the
    second time. Example: `attune rules import rules.json --dry-run`
    """
    growthbook = GrowthBookOptions(environment, user_attribute, attributes_are)
    wanted = _wanted(read_document(file), written, growthbook, prune=prune)
    with _engine(url, token, data_dir) as engine:
        plan = _accepted(engine.import_rules(wanted))
        _tell((*notes_told(plan["notes"]), *changes_told(plan)))
        if dry_run or not changes_in(plan):
            return
        if not yes:
            _ask(changes_in(plan))
        done = _accepted(engine.import_rules({**wanted, "apply": True, "expectedRevision": plan["revision"]}))
    typer.echo(f"imported: {counts_told(done)}")


@rules.command("check")
def check_rules(
    file: File,
    *,
    written: From = ImportFormat.ATTUNE,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on what static analysis finds, too.")] = False,
    environment: Environment = None,
    user_attribute: UserAttribute = "id",
    attributes_are: AttributesAre = AttributeSource.ATTRIBUTES,
) -> None:
    """Say what is wrong with a document, and what static analysis finds about its rules, without any engine.

    Exit code 1 if anything is wrong; what is found fails only with --strict.
    """
    read = _read(read_document(file), written, GrowthBookOptions(environment, user_attribute, attributes_are))
    _tell(notes_told(read.notes))
    found = _tell_findings(read.definitions)
    if strict and found:
        raise CommandRefused(f"{found:,} findings: mend the rules, or check without --strict")
    _tell((f"good: {contents_told(read.definitions)}",))


def _read(document: object, written: ImportFormat, growthbook: GrowthBookOptions) -> Translation:
    try:
        if written is ImportFormat.GROWTHBOOK:
            return translate(document, growthbook)
        return Translation(parse_rule_set(document))
    except Refused as refused:
        _fail(problem_told(problem.message, problem.path) for problem in refused.problems)


def _tell_findings(definitions: Definitions) -> int:
    """How many there were."""
    if unknown := sorted(unspoken_segments(definitions)):
        _tell(notes_told([f"rules are not analysed: the document does not say what {', '.join(unknown)} are"]))
        return 0
    by = Authorship(RULES_USER, datetime.now(UTC), lambda: uuid4().hex)
    try:
        found = list(findings_in(definitions, by))
    except Refused as refused:
        _fail(problem_told(problem.message, problem.path) for problem in refused.problems)
    _tell(finding_told(rule, finding) for rule, finding in found)
    return len(found)


def _wanted(
    document: object, written: ImportFormat, growthbook: GrowthBookOptions, *, prune: bool
) -> Mapping[str, Any]:
    """The engine's `ImportInput`."""
    options = {
        "environment": growthbook.environment,
        "userAttribute": growthbook.user_attribute,
        "attributesAre": growthbook.attributes_are,
    }
    return {"document": document, "from": written, "prune": prune, "growthbook": options}


@contextmanager
def _engine(url: str, token: str | None, data_dir: Path | None) -> Iterator[DefiningEngine]:
    check_destination(url, token)
    with connected(url, token or local_token(data_dir, RULES_USER, Role.ADMIN, TOKEN_LASTS)) as engine:
        yield engine


def _accepted(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    if payload["userErrors"]:
        # Whoever reads this looks at the file, not at the argument that carried it.
        of_the_input = 2
        _fail(problem_told(error["message"], error["path"][of_the_input:]) for error in payload["userErrors"])
    return payload


def _ask(changes: int) -> None:
    if not sys.stdin.isatty():
        raise CommandRefused(f"{changes:,} changes need a yes: look at them, then run this with --yes")
    if not typer.confirm("Import this?"):
        raise CommandRefused("nothing was imported")


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _fail(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        say(problem, FAILED)
    raise typer.Exit(FAILED)
