"""What a revision changed is said field by field."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from domain.model.adaptations import AddShortcut, SetFeature, SetTheme, ThemeMode
from domain.model.conditions import AtPlace
from domain.model.pages import Page
from domain.model.rules import Rule, RuleChangeKind, RuleContent, RuleId, RuleKey, RuleRevision, RuleStatus
from domain.model.schedules import Schedule, Weekday, WeeklyWindow
from domain.model.users import UserId
from domain.rules.comparisons import changes_between
from domain.rules.sentences import condition_text
from resolvers.rules import _compared

NOW = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)
DARK = SetTheme(ThemeMode.DARK)
CONTENT = RuleContent(key=RuleKey("dark"), name="Dark", adaptations=(DARK, AddShortcut("board")))
RULE = Rule(RuleId("r"), "dark", RuleStatus.DRAFT, 1, CONTENT, NOW, NOW, UserId("author"))


def changed(**content: Any) -> Rule:
    return replace(RULE, content=replace(CONTENT, **content))


def test_equal_rules_differ_in_nothing() -> None:
    assert changes_between(RULE, replace(RULE, revision=2, updated_by=UserId("other"))) == ()


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (replace(RULE, status=RuleStatus.ACTIVE), "status: from draft to active"),
        (changed(key=RuleKey("night")), "key: from dark to night"),
        (changed(name="Night"), "name: from “Dark” to “Night”"),
        (changed(description="For the eyes"), "description: from nothing to “For the eyes”"),
        (changed(priority=-3), "priority: from 0 to -3"),
        (changed(places=frozenset({"login", "board"})), "places: from everywhere to board, login"),
        (changed(coverage=0.1), "coverage: from 1 to 0.1"),
        (
            changed(schedule=Schedule(starts_at=NOW)),
            "schedule: from nothing to startsAt 2030-01-31T09:30:00Z, endsAt nothing, windows nothing",
        ),
        (
            changed(schedule=Schedule(windows=(WeeklyWindow(time(9), time(17), frozenset({Weekday.MONDAY})),))),
            (
                "schedule: from nothing to startsAt nothing, endsAt nothing, "
                "windows weekdays MONDAY, from 09:00, until 17:00"
            ),
        ),
        (changed(adaptations=(DARK,)), "adaptations: removed addShortcut (target board)"),
        (
            changed(adaptations=(*CONTENT.adaptations, SetFeature("export", highlighted=True))),
            "adaptations: added setFeature (feature export, visible yes, highlighted yes)",
        ),
        (changed(adaptations=CONTENT.adaptations[::-1]), "adaptations: put into another order"),
    ],
)
def test_a_changed_field_is_one_sentence(after: Rule, said: str) -> None:
    assert changes_between(RULE, after) == (said,)


def test_a_changed_condition_is_said_in_words() -> None:
    condition = AtPlace(frozenset({"login"}))
    (said,) = changes_between(RULE, changed(condition=condition))
    assert said == f"condition: from “{condition_text(CONTENT.condition)}” to “{condition_text(condition)}”"


def test_several_changes_are_several_sentences_in_the_order_of_the_fields() -> None:
    after = replace(changed(name="Night", priority=1, adaptations=(DARK,)), status=RuleStatus.ACTIVE)
    assert [said.partition(":")[0] for said in changes_between(RULE, after)] == [
        "status",
        "name",
        "priority",
        "adaptations",
    ]


def history(*names: str, has_next: bool = False) -> Page[RuleRevision]:
    """Latest first, as stored."""
    rules = [replace(changed(name=name), revision=len(names) - index) for index, name in enumerate(names)]
    revisions = tuple(RuleRevision(rule, RuleChangeKind.UPDATED) for rule in rules)
    return Page(revisions, tuple(str(rule.revision) for rule in rules), has_next=has_next)


def test_the_last_revision_of_a_page_is_compared_with_the_one_behind_it() -> None:
    page = _compared(history("c", "b", "a"), first=2)
    assert [compared.changes for compared in page.items] == [("name: from “b” to “c”",), ("name: from “a” to “b”",)]
    assert (page.cursors, page.has_next) == (("3", "2"), True)


def test_the_first_revision_of_all_changed_nothing() -> None:
    page = _compared(history("b", "a"), first=2)
    assert [compared.changes for compared in page.items] == [("name: from “a” to “b”",), ()]
    assert page.has_next is False


def test_a_page_says_that_there_is_more_when_the_store_does() -> None:
    assert _compared(history("b", "a", has_next=True), first=1).has_next is True
