"""Which actions might come next, and what speaks for each of them?

Everything is computed for many trails at once, row by row independent of the others, so that a trail gives the same
bits alone and among thousands. A user's own successions are counted in the trail by how far the steps before an action
agree with the latest steps: an action that came after the same two steps has a match of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.rules.folding.sessions import SESSION_GAP_US
from domain.rules.folding.trails import TRAIL_LIMITS
from domain.rules.instants import SECOND_US
from prediction.next_actions.chains import ORDERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.matrices import Counts, Matrix, Vector
    from prediction.next_actions.chains import Chain, Opinion
    from prediction.next_actions.windows import Windows

CANDIDATES = 25
DEEPEST_MATCH = 5

SIGNALS = (
    "log_chain",
    "after_last",
    "after_last_two",
    "after_last_three",
    "after_last_four",
    "log_popularity",
    "log_blend",
    "own_after_last",
    "own_after_last_two",
    "own_after_last_three",
    "own_after_last_four",
    "own_count",
    "own_count_of_latest_5",
    "own_count_of_latest_20",
    "own_count_of_latest_100",
    "matches_1",
    "matches_2",
    "matches_3",
    "matches_4",
    "matches_5",
    "latest_matches_1",
    "latest_matches_2",
    "steps_since",
    "seconds_since",
    "is_repeat",
    "place",
    "share_of_best",
    "log_seen_last",
    "log_seen_last_two",
    "log_seen_last_three",
    "log_seen_last_four",
    "own_seen_last",
    "own_seen_last_two",
    "own_seen_last_three",
    "own_seen_last_four",
    "own_steps",
    "last_gap_seconds",
    "gap_before_seconds",
    "steps_in_session",
)
"""What the ranker reads of each candidate, in this order."""

NEVER = 10_000.0
"""Steps since an action that is not in the trail: more than any trail has."""

UNKNOWN_SECONDS = -1.0

_OWN_SHARE = 0.3
"""How much a long trail's own frequencies weigh against the chain's."""

_OWN_STEPS = 20
"""The steps after which they weigh half of that."""

_LATEST_DECAY = 0.7
"""What an earlier match is worth against the one after it."""

_SESSION_GAP_SECONDS = SESSION_GAP_US // SECOND_US
_AGES = np.arange(TRAIL_LIMITS.actions + 1, dtype=np.float64)
_DECAYS: dict[int, Vector] = {steps: np.power(0.5, _AGES / steps) for steps in (5, 20, 100)}
_MATCH_DECAY: Vector = np.power(_LATEST_DECAY, _AGES)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The candidates of all rows one after another, of each row the likeliest by the blend first.

    `starts[row]` to `starts[row + 1]` are the row's; `signals` has a row per candidate.
    """

    starts: Counts
    codes: Counts
    signals: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """What each user did, one row a user, one column an action; `matches[k - 1]`: with a match of at least k."""

    counts: Vector
    decayed: dict[int, Vector]
    decayed_totals: Vector
    matches: tuple[Vector, ...]
    latest_matches: tuple[Vector, ...]
    last_column: Counts


def evidence(windows: Windows, chain: Chain, most: int = CANDIDATES) -> Evidence:
    opinion = chain.opinion(windows.contexts(ORDERS))
    own = _own(windows)
    chained = _widened(opinion.mixture, windows, own)
    blend = _blend(chained, own)
    blend[:, windows.known] = 0
    rows, codes = _likeliest(blend, most)
    starts = np.searchsorted(rows, np.arange(windows.rows + 1))
    places = np.arange(len(rows)) - starts[rows]
    scores = blend[rows, codes]
    columns = [
        np.log(chained[rows, codes]),
        *_chain_columns(opinion, chain, windows.known, rows, codes),
        np.log(scores),
        *_own_columns(own, rows, codes),
        *_recency_columns(windows, own, rows, codes),
        places,
        scores / scores[starts[rows]],
        *(np.log1p(seen)[rows] for seen in opinion.seen),
        *(matched.sum(axis=1)[rows] for matched in own.matches[:ORDERS]),
        *(column[rows] for column in _row_columns(windows)),
    ]
    return Evidence(starts, codes, np.stack(columns, axis=1).astype(np.float32))


def _own(windows: Windows) -> _Own:
    codes = windows.codes
    shape = windows.rows, windows.known + 1 + windows.others
    done = codes >= 0
    cells = codes + np.arange(windows.rows)[:, np.newaxis] * shape[1]
    ages = np.broadcast_to(np.arange(codes.shape[1])[::-1], codes.shape)
    done_cells, done_ages = cells[done], ages[done]
    last = np.full(shape[0] * shape[1], -1, dtype=np.int64)
    # Where a cell comes more than once, the latest column is written last.
    last[done_cells] = codes.shape[1] - 1 - done_ages
    weights = {steps: decay[done_ages] for steps, decay in _DECAYS.items()}
    depths = _depths_of_matches(codes)
    matched = [depths >= depth for depth in range(1, DEEPEST_MATCH + 1)]
    return _Own(
        _sums(done_cells, None, shape),
        {steps: _sums(done_cells, weight, shape) for steps, weight in weights.items()},
        _sums(np.nonzero(done)[0], weights[100], (windows.rows, 1))[:, 0],
        tuple(_sums(cells[:, 1:][each], None, shape) for each in matched),
        tuple(_sums(cells[:, 1:][each], _MATCH_DECAY[_later(each)], shape) for each in matched[:2]),
        last.reshape(shape),
    )


def _sums(cells: Counts, weights: Vector | None, shape: tuple[int, int]) -> Vector:
    sums = np.bincount(cells, weights=weights, minlength=shape[0] * shape[1])
    return sums.astype(np.float64, copy=False).reshape(shape)


def _depths_of_matches(codes: Counts) -> NDArray[np.int8]:
    """For each step but the first: how many of the steps right before it agree with the latest steps."""
    agree = codes[:, 1:] >= 0
    depths = np.zeros(agree.shape, dtype=np.int8)
    for back in range(DEEPEST_MATCH):
        width = codes.shape[1] - 1 - back
        latest = codes[:, width]
        agree[:, :back] = False
        agree[:, back:] &= (codes[:, :width] == latest[:, np.newaxis]) & (latest >= 0)[:, np.newaxis]
        depths += agree
    return depths


def _later(matched: NDArray[np.bool_]) -> Counts:
    """For each match, how many matches of its row come later."""
    later: Counts = np.cumsum(matched[:, ::-1], axis=1)[:, ::-1][matched] - 1
    return later


def _widened(mixture: Vector, windows: Windows, own: _Own) -> Vector:
    """With a column for each of the rows' own other actions: of the others' share, one as by Witten and Bell."""
    counts = own.counts[:, windows.known + 1 :]
    totals = counts.sum(axis=1) + (counts > 0).sum(axis=1)
    shares = mixture[:, windows.known] / np.maximum(totals, 1)
    return np.concatenate([mixture, counts * shares[:, np.newaxis]], axis=1)


def _blend(chained: Vector, own: _Own) -> Vector:
    """The chain's probabilities, moved towards the user's own as far as there are any."""
    steps = own.counts.sum(axis=1)
    weights = _OWN_SHARE * steps / (steps + _OWN_STEPS)
    totals = np.where(own.decayed_totals > 0, own.decayed_totals, 1)
    blend: Vector = chained * (1 - weights)[:, np.newaxis] + own.decayed[100] * (weights / totals)[:, np.newaxis]
    for counts in own.matches[:ORDERS]:
        seen, kinds = counts.sum(axis=1), (counts > 0).sum(axis=1)
        backed_off = np.where(seen > 0, kinds / np.maximum(seen + kinds, 1), 1)
        blend = blend * backed_off[:, np.newaxis] + counts / np.maximum(seen + kinds, 1)[:, np.newaxis]
    return blend


def _likeliest(blend: Vector, most: int) -> tuple[Counts, Counts]:
    """Row and code of each row's candidates; of equals, the lower code is first."""
    chosen = blend > 0
    if blend.shape[1] > most:
        least = np.partition(blend, blend.shape[1] - most, axis=1)[:, -most, np.newaxis]
        above, level = blend > least, blend == least
        left = most - above.sum(axis=1, keepdims=True)
        chosen &= above | (level & (np.cumsum(level, axis=1) <= left))
    rows, codes = np.nonzero(chosen)
    order = np.lexsort((codes, -blend[rows, codes], rows))
    return rows[order], codes[order]


def _chain_columns(
    opinion: Opinion, chain: Chain, known: int, rows: Counts, codes: Counts
) -> list[NDArray[np.floating[Any]]]:
    # A user's own other action is to the chain what all others are.
    known_codes = np.minimum(codes, known)
    shares = [np.where(codes < known, share[rows, known_codes], 0) for share in opinion.shares]
    return [*shares, np.log(chain.popularity[known_codes])]


def _own_columns(own: _Own, rows: Counts, codes: Counts) -> list[Vector]:
    matches = [counts[rows, codes] for counts in own.matches]
    seen = [np.maximum(counts.sum(axis=1), 1)[rows] for counts in own.matches[:ORDERS]]
    return [
        *(count / total for count, total in zip(matches, seen, strict=False)),
        own.counts[rows, codes],
        *(own.decayed[steps][rows, codes] for steps in sorted(own.decayed)),
        *matches,
        *(counts[rows, codes] for counts in own.latest_matches),
    ]


def _recency_columns(windows: Windows, own: _Own, rows: Counts, codes: Counts) -> list[NDArray[Any]]:
    last = own.last_column[rows, codes]
    ever = last >= 0
    return [
        np.where(ever, windows.codes.shape[1] - 1 - last, NEVER),
        np.where(ever, np.maximum(-windows.seconds[rows, last], 0), UNKNOWN_SECONDS),
        codes == windows.codes[rows, -1],
    ]


def _row_columns(windows: Windows) -> list[NDArray[Any]]:
    """Of each trail: its length, the last two gaps, and how many steps its last session has."""
    done = windows.codes >= 0
    gaps = np.diff(windows.seconds, axis=1)
    apart = (gaps > _SESSION_GAP_SECONDS) | ~done[:, :-1]
    begins = np.concatenate([np.ones((windows.rows, 1), dtype=np.bool_), apart], axis=1)
    in_session = np.argmax(begins[:, ::-1], axis=1) + 1
    return [
        done.sum(axis=1),
        np.where(done[:, -2], gaps[:, -1], UNKNOWN_SECONDS),
        np.where(done[:, -3], gaps[:, -2], UNKNOWN_SECONDS),
        np.where(done[:, -1], in_session, 0),
    ]
