"""What do rules cost, few and many? Each engine beside its peers and a floor in one run: `make bench-rules`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from app import garbage
from benchmarks import peers
from benchmarks.rule_cases import (
    NOW,
    attune_configs,
    attune_first_configs,
    attune_one_by_one,
    blunt,
    mixed,
    predicates,
    sharp,
    unanimous,
)
from benchmarks.tables import Figure, machine, show, times
from domain.model.catalogues import Catalogue
from domain.ports.rules import StoredRuleSet
from domain.rules.decisions import decide
from domain.rules.rule_sets import RuleSet
from domain.use_cases.current_rules import compiled_in_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.rule_cases import Contestant, Given, Workload
    from domain.model.rules import Rule

ROUNDS = 15
SHARE = 0.5
SIZES = (10, 50, 100, 1_000, 10_000)
CHANGES = 1_000


def main() -> None:
    peers.install()
    for workload in (mixed(), unanimous()):
        show(f"50 rules of three conditions, {workload.title}; {machine()}", _fifty(workload))
    show("Growth: n rules, of which 20 apply to a user (10 of 10)", _growth(sharp))
    show("Growth: n rules of conditions that many users satisfy; 4 of 10,000 apply", _growth(blunt))
    show(f"Changes at {SIZES[-1]:,} rules", _changes())


def _fifty(workload: Workload) -> list[Figure]:
    """All engines in turn, round after round; ratios within a round."""
    makers = (predicates, attune_configs, attune_first_configs, attune_one_by_one, *peers.PEERS)
    engines = [make(workload.rules, SHARE) for make in makers]
    _check(workload, [make(workload.rules, 1.0) for make in makers], engines)
    prepared = [_prepared(engine, workload) for engine in engines]
    rounds = [
        [
            _each_us(engine.ask, _prepared(engine, workload) if engine.anew else given)
            for engine, given in zip(engines, prepared, strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    floor_us = median(took[0] for took in rounds)
    return [
        Figure(
            engine.name if engine.hashes else f"{engine.name}, no hashing",
            f"{median(took[index] for took in rounds):,.1f} µs a user",
            f"predicates {floor_us:.1f} µs",
            f"{median(took[index] / took[0] for took in rounds):,.1f} x the floor",
        )
        for index, engine in enumerate(engines)
    ]


def _prepared(engine: Contestant, workload: Workload) -> list[Any]:
    return [engine.given(person) for person in workload.people]


def _check(workload: Workload, everywhere: Sequence[Contestant], covering: Sequence[Contestant]) -> None:
    """All engines agree on everybody; those that cover users by the same hash agree on whom."""
    floor, ours = everywhere[0], covering[1]
    for person in workload.people:
        for engine in everywhere:
            assert engine.applying(person) == floor.applying(person), engine.name
        for engine in covering:
            if engine.name.startswith(("Attune", "GrowthBook")):
                assert engine.applying(person) == ours.applying(person), engine.name
            else:
                assert engine.applying(person) <= floor.applying(person), engine.name


def _growth(workload: Callable[[int], tuple[list[Rule], list[Given]]]) -> list[Figure]:
    sizes = {size: workload(size) for size in SIZES}
    rule_sets = {size: RuleSet.compile(1, rules, Catalogue()) for size, (rules, _) in sizes.items()}
    garbage.settle()
    rounds = [
        {size: _each_us(_deciding(rule_set), sizes[size][1]) for size, rule_set in rule_sets.items()}
        for _ in range(ROUNDS)
    ]
    fifty_us = median(took[50] for took in rounds)
    return [
        Figure(
            f"{size:,} rules",
            f"{median(took[size] for took in rounds):.1f} µs a config",
            f"50 rules {fifty_us:.1f} µs",
            f"{median(took[size] / took[50] for took in rounds):.1f} x 50 rules",
        )
        for size in SIZES
    ]


def _deciding(rule_set: RuleSet) -> Callable[[Given], object]:
    return lambda given: decide(rule_set, *given, NOW)


def _each_us(ask: Callable[[Any], object], given: Sequence[Any]) -> float:
    """Of the processor's time: what else the machine does is not measured."""
    began = time.process_time()
    for one in given:
        ask(one)
    return (time.process_time() - began) / len(given) * 1e6


def _changes() -> list[Figure]:
    """In a process whose garbage collection is that of a server."""
    rules, _ = sharp(SIZES[-1])
    by_id = {rule.id: rule for rule in rules}
    floor_ms, _ = _ms([by_id.copy] * 100)
    garbage.settle()
    rule_set, took_ms, held_up_ms = asyncio.run(_loaded(rules, None))
    one_ms, worst_ms = _ms(_changing(rule_set, rules))
    after = rule_set.with_rule(2, replace(rules[7], revision=2))
    news_ms, news_worst_ms = _ms([lambda: rule_set.changes_to(after)] * 100)
    _, again_ms, again_held_up_ms = asyncio.run(_loaded([replace(rule) for rule in rules], rule_set))
    copy = f"copying a dict of them {floor_ms:.2f} ms"
    return [
        Figure("one rule changed", f"median {one_ms:.2f} ms, worst {worst_ms:.2f} ms", copy, times(one_ms, floor_ms)),
        Figure(
            "what changed between two sets",
            f"median {news_ms:.2f} ms, worst {news_worst_ms:.2f} ms",
            copy,
            times(news_ms, floor_ms),
        ),
        Figure("all compiled and indexed anew", f"{took_ms:,.0f} ms, longest turn {held_up_ms:.1f} ms", "", ""),
        Figure("all compared, none changed", f"{again_ms:,.0f} ms, longest turn {again_held_up_ms:.1f} ms", "", ""),
    ]


def _changing(rule_set: RuleSet, rules: Sequence[Rule]) -> Iterable[Callable[[], object]]:
    for number in range(CHANGES):
        rule = rules[number * 37 % len(rules)]
        changed = replace(rule, revision=2, content=replace(rule.content, priority=number % 11))
        yield partial(rule_set.with_rule, number, changed)


def _ms(actions: Iterable[Callable[[], object]]) -> tuple[float, float]:
    """Median and maximum."""
    took = []
    for action in actions:
        began = time.process_time()
        action()
        took.append((time.process_time() - began) * 1e3)
    return median(took), max(took)


async def _loaded(rules: Sequence[Rule], known: RuleSet | None) -> tuple[RuleSet, float, float]:
    """The compiled set, how long it took, and how long at most others on the event loop had to wait."""
    waits: list[float] = []

    async def others() -> None:
        while True:
            began = time.process_time()
            await asyncio.sleep(0)
            waits.append((time.process_time() - began) * 1e3)

    beside = asyncio.create_task(others())
    await asyncio.sleep(0)
    began = time.process_time()
    rule_set = await compiled_in_turns(StoredRuleSet(1, tuple(rules), Catalogue(), (), 0), known)
    took_ms = (time.process_time() - began) * 1e3
    beside.cancel()
    return rule_set, took_ms, max(waits)


if __name__ == "__main__":
    main()
