"""Does every value survive being written down and read again, and is everything else refused?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.rules.documents import (
    catalogue_document,
    condition_document,
    content_document,
    parse_catalogue,
    parse_condition,
    parse_content,
    parse_segment,
    segment_document,
)
from domain.rules.documents.experiments import parse_run, run_document
from tests.builders.experiments import experiments, runs
from tests.builders.rules import CATALOGUE, build_rule, conditions, contents

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.errors import Problem
    from domain.model.conditions import Condition
    from domain.model.experiments import Experiment
    from domain.model.rules import RuleContent

NAMES = (
    *(
        "always",
        "all",
        "any",
        "not",
        "segment",
        "device",
        "place",
        "skill",
        "activity",
        "featureUse",
        "did",
        "localTime",
    ),
    *("traits", "in", "confidence", "measure", "range", "gte", "lt", "eq", "days", "times", "kind", "from", "until"),
    *("key", "name", "condition", "adaptations", "setTheme", "mode", "setFeature", "feature", "schedule", "windows"),
    *("features", "defaults", "$regex", "$and", "$elemMatch", "weekdays", "startsAt", "coverage", "priority"),
)
VALUES = ("MOBILE", "09:00", "2026-01-01T00:00:00Z", "a", "\ud800", "\x00", "MONDAY", "DARK", "(")

arbitrary_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(VALUES),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)


def _through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


@settings(max_examples=300, deadline=None)
@given(condition=conditions())
def test_a_condition_reads_as_it_was_written(condition: Condition) -> None:
    assert parse_condition(_through_json(condition_document(condition))) == condition


@settings(max_examples=200, deadline=None)
@given(content=contents())
def test_the_content_of_a_rule_reads_as_it_was_written(content: RuleContent) -> None:
    assert parse_content(_through_json(content_document(content))) == content


@settings(max_examples=200, deadline=None)
@given(experiment=experiments(), data=st.data())
def test_an_experiment_and_its_run_read_as_they_were_written(experiment: Experiment, data: st.DataObject) -> None:
    content = replace(build_rule().content, adaptations=(), experiment=experiment)
    run = data.draw(runs(experiment))

    assert parse_content(_through_json(content_document(content))) == content
    assert run is None or parse_run(_through_json(run_document(run))) == run


@settings(max_examples=50, deadline=None)
@given(condition=conditions())
def test_a_segment_reads_as_it_was_written(condition: Condition) -> None:
    segment = Segment(SegmentKey("vip"), "VIPs", "Why.", SegmentKind.CONDITION, condition)

    assert parse_segment(_through_json(segment_document(segment))) == segment


def test_the_catalogue_reads_as_it_was_written() -> None:
    assert parse_catalogue(_through_json(catalogue_document(CATALOGUE))) == CATALOGUE


@settings(max_examples=500, deadline=None)
@given(
    document=arbitrary_json,
    parse=st.sampled_from((parse_condition, parse_content, parse_segment, parse_catalogue)),
)
def test_whatever_the_json_it_is_read_or_refused_with_paths_that_can_be_sent(
    document: object, parse: Callable[[object], object]
) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        parse(document)
    except Refused as refusal:
        problems = refusal.problems

    assert problems is None or len(problems) > 0
    for problem in problems or ():
        assert "".join((problem.code, problem.message, *problem.path)).encode()
