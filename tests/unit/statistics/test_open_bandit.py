"""Does the log of one policy say what another one gave, where both were really tried?

On the Open Bandit Dataset beside the repository (or a generated campaign of its kind): from the uniformly random log,
the value of the Thompson sampling policy, whose own log says what it gave.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.off_policy.logs import Logged, Target
from domain.statistics.off_policy.values import PolicyValue, evaluate_policy

FOLDER = Path(__file__).parents[3] / "../shared/data/open_bandit_small"


@dataclass(frozen=True)
class Shown:
    item: str
    position: str
    click: int
    probability: float


def logged(policy: str, campaign: str) -> list[Shown]:
    path = FOLDER / f"{policy}_{campaign}.csv.gz"
    return read(path) if path.exists() else generated(policy, campaign)


def read(path: Path) -> list[Shown]:
    with gzip.open(path, "rt") as file:
        return [
            Shown(row["item_id"], row["position"], int(row["click"]), float(row["propensity_score"]))
            for row in csv.DictReader(file)
        ]


def generated(policy: str, campaign: str) -> list[Shown]:
    """10,000 rows of a campaign of as many items, of which the policy prefers the better ones."""
    items = {"women": 46, "all": 80}[campaign]
    world = np.random.default_rng(items)
    rates = world.beta(2, 400, items)
    preferred = world.dirichlet(np.full(items, 0.5) + 150 * rates)
    shares = np.full(items, 1 / items) if policy == "random" else preferred
    random = np.random.default_rng(items + len(policy))
    chosen = random.choice(items, 10_000, p=shares)
    clicks = random.random(10_000) < rates[chosen]
    return [
        Shown(str(item), str(place % 3 + 1), int(click), float(shares[item]))
        for place, (item, click) in enumerate(zip(chosen, clicks, strict=True))
    ]


def target_of(rows: list[Shown], *, by_probability: bool) -> Target:
    """The policy of a log, per position: what it showed, or what it logged as its mean probability of each item.

    The policy learned on the way, so that neither is the whole of it: an item's mean probability is of the times at
    which it was shown, and favours what was rare.
    """
    seen: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        seen[row.position][row.item].append(row.probability)
    shares: dict[str, dict[str, float]] = {}
    for position, items in seen.items():
        amounts = {item: float(np.mean(found)) if by_probability else len(found) for item, found in items.items()}
        shares[position] = {item: amount / sum(amounts.values()) for item, amount in amounts.items()}
    return Target({}, shares)


def as_log(rows: list[Shown]) -> list[Logged]:
    return [Logged(row.item, row.probability, Evidence(1, row.click, row.click), row.position) for row in rows]


@pytest.mark.parametrize("by_probability", [True, False])
@pytest.mark.parametrize("campaign", ["women", "all"])
def test_the_random_log_s_intervals_contain_what_the_other_policy_really_gave(
    campaign: str, *, by_probability: bool
) -> None:
    tried = logged("bts", campaign)
    truth = float(np.mean([row.click for row in tried]))

    value = evaluate_policy(as_log(logged("random", campaign)), target_of(tried, by_probability=by_probability))

    assert isinstance(value, PolicyValue)
    assert value.users == 10_000
    assert value.weighted.contains(truth)
    assert value.self_normalised.contains(truth)
    assert value.doubly_robust.contains(truth)
    assert 1_000 < value.effective_users < 6_000
    assert "It cannot be told from what was given." in value.text


@pytest.mark.parametrize(
    ("campaign", "effective", "weighted", "self_normalised", "doubly_robust"),
    [
        ("women", 3_946.1465, 0.005917962, 0.005941859, 0.0060193),
        ("all", 3_102.5222, 0.006055389, 0.006265604, 0.0060162),
    ],
)
def test_of_ten_thousand_rows_three_or_four_thousand_count(
    campaign: str, effective: float, weighted: float, self_normalised: float, doubly_robust: float
) -> None:
    """Golden numbers of the files, the first three worked out row by row with numpy alone."""
    target = target_of(logged("bts", campaign), by_probability=True)

    value = evaluate_policy(as_log(logged("random", campaign)), target)

    assert isinstance(value, PolicyValue)
    if FOLDER.exists():
        assert value.effective_users == pytest.approx(effective, abs=1e-3)
        assert value.weighted.value == pytest.approx(weighted, abs=1e-8)
        assert value.self_normalised.value == pytest.approx(self_normalised, abs=1e-8)
        assert value.doubly_robust.value == pytest.approx(doubly_robust, abs=1e-6)
    assert value.effective_users < 6_000
