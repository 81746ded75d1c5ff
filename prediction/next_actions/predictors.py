"""Which actions come next, how probably, and how is a model that says so written down?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xgboost
from scipy.special import expit

from domain.model.insights import NextAction
from domain.model.interactions import InteractionKind
from prediction.boosting import booster_from_bytes, booster_to_bytes
from prediction.next_actions.chain_parts import chain_of_parts, chain_parts
from prediction.next_actions.chains import ORDERS
from prediction.next_actions.evidence import CANDIDATES, SIGNALS, evidence
from prediction.next_actions.windows import aligned, steps_of_trails

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.model.habits import Action, Trail
    from prediction.matrices import Counts, Vector
    from prediction.next_actions.chains import Chain
    from prediction.next_actions.evidence import Evidence
    from prediction.next_actions.windows import Steps, Windows

RANKER = "ranker.ubj"
CELLS_AT_ONCE = 400_000
"""How many places, rows times columns, are computed at once: it bounds memory, and fits a processor's cache."""


TRAILS_AT_ONCE = 500
"""How many trails are read at once: it bounds memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The actions of all rows one after another, of each row the most probable first; of equals, the lower code."""

    starts: Counts
    codes: Counts
    probabilities: Vector


@dataclass(frozen=True, slots=True)
class Link:
    """How scores become probabilities.

    Scores are raised to the power of `sharpness` before they share what the candidates have together: the logistic of
    `presence` + `presence_slope` * log(sum of the scores).
    """

    sharpness: float
    presence: float
    presence_slope: float

    def probabilities(self, scores: Vector, starts: Counts) -> Vector:
        rows = rows_of(starts)
        sums = np.bincount(rows, weights=scores, minlength=len(starts) - 1)
        raised = np.power(scores, self.sharpness)
        shared = np.bincount(rows, weights=raised, minlength=len(starts) - 1)
        log_sums = np.log(np.maximum(sums, np.finfo(np.float64).tiny))
        present = expit(self.presence + self.presence_slope * log_sums)
        probabilities: Vector = raised * (present / np.where(shared > 0, shared, 1))[rows]
        return probabilities


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """`booster` scores each candidate by itself; `link` makes probabilities of one row's scores."""

    booster: xgboost.Booster
    link: Link

    def probabilities(self, found: Evidence) -> Vector:
        return self.link.probabilities(scores_of(self.booster, found), found.starts)


def rows_of(starts: Counts) -> Counts:
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def scores_of(booster: xgboost.Booster, found: Evidence) -> Vector:
    if not len(found.codes):
        return np.zeros(0)
    return np.asarray(booster.inplace_predict(found.signals), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class NextActionModel:
    """`actions[code]` is what the chain knows by a code. Without a ranker the baseline answers: what follows what."""

    actions: tuple[Action, ...]
    chain: Chain
    ranker: Ranker | None

    def next_actions(self, trail: Trail, most: int) -> tuple[NextAction, ...]:
        """At most `most`, and no more than 25, likeliest first. What the trail has not, only other users did."""
        return self.next_actions_of_all([trail], most)[0]

    def next_actions_of_all(self, trails: Sequence[Trail], most: int) -> list[tuple[NextAction, ...]]:
        """The same bits for each trail as when it is asked for alone."""
        places = {action: code for code, action in enumerate(self.actions)}
        # Trails of like length side by side: what is computed for one is computed for as many steps as the longest has.
        order = sorted(range(len(trails)), key=lambda number: len(trails[number].codes))
        ordered = [trails[number] for number in order]
        named: list[tuple[NextAction, ...]] = []
        for windows in in_batches(_steps(ordered, places), len(self.actions)):
            ranked = self.ranked(windows)
            codes, probabilities = ranked.codes.tolist(), ranked.probabilities.tolist()
            for start, end in pairwise(ranked.starts.tolist()):
                own = [action for action in ordered[len(named)].actions if action not in places]
                chosen = slice(start, min(end, start + most))
                named.append(self._named(codes[chosen], probabilities[chosen], own))
        return [actions for _, actions in sorted(zip(order, named, strict=True), key=itemgetter(0))]

    def ranked(self, windows: Windows) -> Ranked:
        """Codes from `windows.known + 1` on are a trail's own actions that the chain does not know."""
        if self.ranker is None:
            return most_probable(self.chain.opinion(windows.contexts(ORDERS)).markov[:, :-1])
        found = evidence(windows, self.chain)
        probabilities = self.ranker.probabilities(found)
        order = np.lexsort((-probabilities, rows_of(found.starts)))
        return Ranked(found.starts, found.codes[order], probabilities[order])

    def _named(
        self, codes: Sequence[int], probabilities: Sequence[float], own: Sequence[Action]
    ) -> tuple[NextAction, ...]:
        actions, known = self.actions, len(self.actions)
        chosen = [actions[code] if code < known else own[code - known - 1] for code in codes]
        named = zip(chosen, probabilities, strict=True)
        return tuple([NextAction(kind, target or None, probability) for (kind, target), probability in named])

    def parts(self) -> Mapping[str, bytes]:
        """By file name; equal models give equal bytes."""
        return {
            "actions.json": _json([[str(kind), target] for kind, target in self.actions]),
            **chain_parts(self.chain),
            **({} if self.ranker is None else _ranker_parts(self.ranker)),
        }

    @classmethod
    def of_parts(cls, parts: Mapping[str, bytes]) -> Self:
        """Raises `ValueError` when something is missing, damaged, or made for other signals than today's."""
        try:
            actions = tuple((InteractionKind(kind), str(target)) for kind, target in json.loads(parts["actions.json"]))
            chain = chain_of_parts(parts)
            ranker = _ranker_of_parts(parts) if RANKER in parts else None
        except (KeyError, TypeError, xgboost.core.XGBoostError) as error:
            raise ValueError(f"a part of the model of next actions is missing or damaged: {error}") from error
        if len(actions) != chain.known:
            raise ValueError(f"the model names {len(actions)} actions, but counted {chain.known}")
        return cls(actions, chain, ranker)


def _steps(trails: Sequence[Trail], places: Mapping[Action, int]) -> Iterator[Steps]:
    for start in range(0, len(trails), TRAILS_AT_ONCE):
        yield from steps_of_trails(trails[start : start + TRAILS_AT_ONCE], places)


def in_batches(rows: Iterable[Steps], known: int) -> Iterator[Windows]:
    """The rows in order, never many more places than `CELLS_AT_ONCE` at a time."""
    batch: list[Steps] = []
    width = known
    for steps in rows:
        wider = max(width, len(steps[0]))
        if batch and (len(batch) + 1) * wider > CELLS_AT_ONCE:
            yield aligned(batch, known)
            batch, wider = [], max(known, len(steps[0]))
        batch.append(steps)
        width = wider
    if batch:
        yield aligned(batch, known)


def most_probable(probabilities: Vector, most: int = CANDIDATES) -> Ranked:
    """Of one row per user and one column per code."""
    codes = np.argsort(-probabilities, axis=1, kind="stable")[:, :most]
    starts = np.arange(len(codes) + 1) * codes.shape[1]
    return Ranked(starts, codes.ravel(), np.take_along_axis(probabilities, codes, axis=1).ravel())


def _ranker_parts(ranker: Ranker) -> dict[str, bytes]:
    return {
        RANKER: booster_to_bytes(ranker.booster),
        "link.json": _json({"signals": SIGNALS, **asdict(ranker.link)}),
    }


def _ranker_of_parts(parts: Mapping[str, bytes]) -> Ranker:
    link = json.loads(parts["link.json"])
    if tuple(link.pop("signals")) != SIGNALS:
        raise ValueError("the model of next actions was trained on other signals than are computed today")
    return Ranker(booster_from_bytes(parts[RANKER], len(SIGNALS)), Link(**link))


def _json(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
