"""What is sent in one replay: which log, read how, in which portions?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from app.replay.batches import batches
from app.replay.elements import ElementWriter
from app.replay.fields import resolve_columns
from app.replay.files import opened
from app.replay.lines import log_in
from domain.rules.interactions import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.replay.batches import Batch
    from app.replay.fields import Field
    from app.replay.files import LogFile
    from app.replay.tallies import Tally
    from domain.model.interactions import InteractionKind

LARGEST_BATCH = MAX_BATCH
DEFAULT_BATCH = 1_000


class Reading(NamedTuple):
    """The batches of a log, and how many bytes of its file have been read for them."""

    batches: Iterator[Batch]
    position: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`mapping` None: the columns named like fields; `kind` None: a column tells; `limit` None: all lines."""

    log: LogFile
    mapping: Mapping[Field, str] | None = None
    kind: InteractionKind | None = None
    batch_size: int = DEFAULT_BATCH
    limit: int | None = None
    strict: bool = False

    @contextmanager
    def begun(self, tally: Tally) -> Iterator[Reading]:
        """Open the log and find its columns; the batches are read as they are asked for.

        Raises:
            LogRefused: the log cannot be read, or its columns do not say what is needed.

        """
        with opened(self.log) as file:
            log = log_in(self.log.format, file)
            columns = resolve_columns(self.mapping, self.kind, log.columns)
            writer = ElementWriter(tuple(columns), self.kind)
            lines = islice(log.lines(tuple(columns.values())), self.limit)
            portions = batches(lines, writer.write, self.batch_size, tally, strict=self.strict)
            yield Reading(portions, file.position)
