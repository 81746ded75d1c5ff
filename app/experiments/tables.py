"""What does a file say of each user of an experiment, or of each group of users?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from app.experiments.requests import RequestRefused
from app.replay.elements import parse_value
from app.replay.files import opened, recognise
from app.replay.lines import Flaw, log_in
from app.replay.refusals import LineRefused, LogRefused
from domain.statistics.questions import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from app.experiments.requests import Request
    from app.replay.lines import Line

MAX_VARIATIONS = 20
MAX_LISTED_COLUMNS = 50
TRUTHS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}

Values: TypeAlias = "tuple[float, ...]"


@dataclass(frozen=True, slots=True)
class Place:
    """Which columns are read, in which order: outcomes and guardrails, then one of each that is asked for."""

    columns: tuple[str, ...]
    outcomes: int
    before: int | None
    denominator: int | None
    users: int | None
    invariants: int

    @classmethod
    def of(cls, request: Request) -> Place:
        columns = [each.column for each in request.asked]
        places: dict[str, int] = {}
        for name, column in (
            ("before", request.before),
            ("denominator", request.denominator),
            ("users", request.users),
        ):
            if column is not None:
                places[name] = len(columns)
                columns.append(column)
        return cls(
            (*columns, *request.invariants),
            len(request.asked),
            places.get("before"),
            places.get("denominator"),
            places.get("users"),
            len(columns),
        )


@dataclass(slots=True)
class Table:
    """Rows of each variation (or users, where rows of a user are one), in the order of `Place`.

    `strays` were seen in several variations and are in none. `empty` rows had no outcome. `invariants`: of every row,
    those without an outcome included.
    """

    rows: dict[str, list[Values]] = field(default_factory=dict)
    invariants: dict[str, Counter[str]] = field(default_factory=dict)
    lines: int = 0
    strays: int = 0
    empty: int = 0


def read_tables(paths: Sequence[Path], request: Request) -> Table:
    """Read every file.

    Raises:
        LogRefused: a file cannot be read, has no such column, or a line that does not say what it should.
        RequestRefused: there are too many variations.

    """
    place = Place.of(request)
    table = Table()
    users: dict[str, tuple[str, Values]] = {}
    strays: set[str] = set()
    for path in paths:
        for variation, user, values in _records(path, request, place, table):
            if user is None:
                _rows_of(table, variation).append(values)
            elif user in users and users[user][0] != variation:
                strays.add(user)
            else:
                known = users.get(user)
                users[user] = (variation, values if known is None else _together(known[1], values, request, place))
    for user, (variation, values) in users.items():
        if user not in strays:
            _rows_of(table, variation).append(values)
    table.strays = len(strays)
    if not table.lines:
        raise RequestRefused("there are no rows")
    return table


def _rows_of(table: Table, variation: str) -> list[Values]:
    if variation not in table.rows and len(table.rows) >= MAX_VARIATIONS:
        raise RequestRefused(
            f"there are more than {MAX_VARIATIONS} variations: does --variation name the right column?"
        )
    return table.rows.setdefault(variation, [])


def _together(one: Values, other: Values, request: Request, place: Place) -> Values:
    """Two rows of one user: reached if in either; sums of numbers; what was before is the same on both."""
    answer = []
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        if number == place.before:
            if left != right:
                raise RequestRefused(f"the rows of one user say {left:g} and {right:g} of --before: which is it?")
            answer.append(left)
        elif number < place.outcomes and request.asked[number].kind is Outcome.RATE:
            answer.append(max(left, right))
        else:
            answer.append(left + right)
    return tuple(answer)


def _records(path: Path, request: Request, place: Place, table: Table) -> Iterator[tuple[str, str | None, Values]]:
    """Yield variation, user and values of each row that has outcomes."""
    file = recognise(path)
    named = path.name.split(".")[0]
    texts = [column for column in (request.variation, request.user) if column is not None]
    columns = [*texts, *place.columns]
    with opened(file) as stream:
        log = log_in(file.format, stream)
        _check_columns(path, columns, log.columns)
        # Of one column alone, its value would come without a tuple around it.
        for line in log.lines([*columns, columns[-1]]):
            table.lines += 1
            try:
                record = _record(line, request, place, len(texts))
            except LineRefused as refused:
                raise LogRefused(f"{path.name}, line {line.number}: {refused}") from None
            variation = named if record[0] is None else record[0]
            _count_invariants(table, variation, record[2], place, request)
            if any(value is None for value in record[2][: place.invariants]):
                table.empty += 1
                _refuse_empty(path, line, request)
                continue
            yield variation, record[1], tuple(value for value in record[2] if value is not None)


def _refuse_empty(path: Path, line: Line | Flaw, request: Request) -> None:
    if not request.leave_out_empty:
        raise LogRefused(
            f"{path.name}, line {line.number}: a value is empty; write 0 where nothing happened, "
            "or leave such rows out with --leave-out-empty"
        )


def _count_invariants(
    table: Table, variation: str, values: Sequence[float | None], place: Place, request: Request
) -> None:
    for column, value in zip(request.invariants, values[place.invariants :], strict=True):
        table.invariants.setdefault(column, Counter())[variation] += round(value or 0)


def _record(
    line: Line | Flaw, request: Request, place: Place, texts: int
) -> tuple[str | None, str | None, list[float | None]]:
    if isinstance(line, Flaw):
        raise LineRefused(line.reason)
    given = list(line.values[:texts])
    variation = _text(given.pop(0), "variation") if request.variation is not None else None
    user = _text(given.pop(0), "user") if request.user is not None else None
    values = [_value(value) for value in line.values[texts:-1]]
    for number, value in enumerate(values):
        if value is not None and (problem := _problem(number, value, values, request, place)):
            raise LineRefused(f"the {place.columns[number]} {value:g} {problem}")
    return variation, user, values


def _problem(number: int, value: float, values: Sequence[float | None], request: Request, place: Place) -> str:
    """What is wrong with a value in its place; "" if nothing is."""
    is_outcome = number < place.outcomes
    if place.users is not None or number >= place.invariants:
        users = None if place.users is None or not is_outcome else values[place.users]
        if value < 0 or not value.is_integer():
            return "is not a count"
        return "is more than the users of its row" if users is not None and 0 <= users < value else ""
    if is_outcome and request.asked[number].kind is Outcome.RATE and value not in (0, 1):
        return "is neither 0 nor 1, and a rate counts who reached a goal"
    return "is below 0, and nothing can be divided by it" if number == place.denominator and value < 0 else ""


def _text(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise LineRefused(f"the {name} is missing" if value in (None, "") else f"the {name} is not a text")
    text = str(value).strip()
    if not text or not text.isprintable():
        raise LineRefused(f"the {name} is no printable text")
    return text


def _value(value: object) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and (truth := TRUTHS.get(value.strip().lower())) is not None:
        return truth
    return parse_value(value)


def _check_columns(path: Path, wanted: Sequence[str], available: Sequence[str]) -> None:
    for column in wanted:
        if available.count(column) != 1:
            how = "no column" if column not in available else "several columns"
            listed = ", ".join(map(repr, available[:MAX_LISTED_COLUMNS]))
            raise LogRefused(f"{path.name} has {how} {column!r}; its columns are {listed}")
