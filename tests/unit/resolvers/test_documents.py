"""What documents mean to the operations: interactions, changes of profiles, contexts, filters."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.errors import InvalidInput, Refused
from domain.model.adaptations import ThemeMode
from domain.model.contexts import Context
from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.pages import PageRequest
from domain.model.profiles import Preferences
from domain.model.rules import RuleStatus
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter
from domain.ports.profiles import UserFilter
from domain.ports.rules import RuleFilter
from domain.use_cases.profiles import PreferencesChange
from resolvers import configs, interactions, profiles, rules, users
from resolvers.arguments import page_request

OWN = UserId("own")
LOCAL = datetime(2030, 1, 31, 10, 30, tzinfo=timezone(timedelta(hours=1)))
IN_UTC = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)


def test_an_interaction_is_ones_own_unless_it_names_somebody() -> None:
    done: dict[str, Any] = {"key": "k", "kind": InteractionKind.CLICK, "occurredAt": LOCAL}
    documents = [done, *({**done, "userId": user_id} for user_id in (None, "other", ""))]
    assert interactions.interactions(documents, OWN).user_id == [OWN, OWN, "other", ""]


def test_an_interaction_keeps_everything_that_was_sent_and_the_offset_of_its_time() -> None:
    document: dict[str, Any] = {
        "key": "k",
        "kind": InteractionKind.CONTENT_VIEW,
        "target": "article",
        "section": "news",
        "tags": ["sport"],
        "device": Device.TABLET,
        "sessionId": "s",
        "value": 2.5,
        "properties": {"a": [1]},
        "occurredAt": LOCAL,
    }
    (done,) = interactions.interactions([document], OWN)
    assert done == Interaction(
        key=InteractionKey("k"),
        user_id=OWN,
        kind=InteractionKind.CONTENT_VIEW,
        occurred_at=LOCAL,
        target="article",
        section="news",
        tags=("sport",),
        device=Device.TABLET,
        session_id="s",
        value=2.5,
        properties={"a": [1]},
    )
    assert done.occurred_at.utcoffset() == timedelta(hours=1)


def test_nulls_of_an_interaction_mean_nothing_was_said() -> None:
    document = {"key": "k", "kind": InteractionKind.CLICK, "occurredAt": LOCAL, "tags": None, "properties": None}
    (done,) = interactions.interactions([document], OWN)
    assert (done.tags, done.properties) == ((), None)


def test_a_preference_left_out_stays_and_one_that_is_null_is_given_up() -> None:
    document = {"preferences": {"themeMode": ThemeMode.DARK, "difficulty": None}}
    traits, change = profiles._read_changes(document)
    assert traits == {}
    assert change == PreferencesChange(Preferences(theme_mode=ThemeMode.DARK), frozenset({"theme_mode", "difficulty"}))
    before = Preferences(difficulty=SkillLevel.ADVANCED)
    assert change.applied_to(before) == Preferences(theme_mode=ThemeMode.DARK)


def test_traits_keep_their_nulls_for_those_remove_a_trait() -> None:
    traits, change = profiles._read_changes({"traits": {"plan": None, "locale": "de"}, "preferences": None})
    assert traits == {"plan": None, "locale": "de"}
    assert change.fields == frozenset()


@pytest.mark.parametrize("traits", [[1], "text", {"deep": [[[[[[[[[1]]]]]]]]]}])
def test_traits_that_are_no_object_or_too_much_are_refused_once(traits: object) -> None:
    with pytest.raises(Refused) as refusal:
        profiles._read_changes({"traits": traits})
    assert [problem.path for problem in refusal.value.problems] == [("traits",)]


def test_a_context_has_only_to_name_its_place() -> None:
    assert configs.read_context({"place": "dashboard"}) == Context("dashboard")
    assert configs.read_context(
        {"place": "p", "device": Device.MOBILE, "timeZone": "Europe/Berlin", "attributes": {"a": 1}}
    ) == Context("p", Device.MOBILE, "Europe/Berlin", {"a": 1})


def test_every_flaw_of_a_context_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"context\.place: .*; context\.timeZone: .*; context\.attributes: "):
        configs.read_context({"place": "", "timeZone": "Nowhere", "attributes": []})


def test_filters_that_say_nothing_let_everything_through_but_archived_rules() -> None:
    assert users._filter({}) == UserFilter()
    assert interactions._filter({}) == InteractionFilter()
    assert interactions._filter({"kind": []}) == InteractionFilter()
    living = frozenset({RuleStatus.DRAFT, RuleStatus.ACTIVE, RuleStatus.PAUSED})
    assert rules._filter({}) == RuleFilter(statuses=living)
    assert rules._filter({"status": [], "search": ""}) == RuleFilter(statuses=living)


def test_filters_say_exactly_what_is_wanted_with_instants_in_utc() -> None:
    assert users._filter({"segment": "fans", "seenSince": LOCAL}) == UserFilter(SegmentKey("fans"), IN_UTC)
    kinds = [InteractionKind.CLICK]
    wanted = interactions._filter({"kind": kinds, "target": "t", "from": LOCAL, "until": LOCAL})
    assert wanted == InteractionFilter(frozenset(kinds), "t", IN_UTC, IN_UTC)
    archived = rules._filter({"status": [RuleStatus.ARCHIVED], "place": "p", "search": "x", "slot": "theme.mode"})
    assert archived == RuleFilter(frozenset({RuleStatus.ARCHIVED}), "p", "x", "theme.mode")


def test_pages_have_20_items_unless_asked_otherwise() -> None:
    assert page_request(None, None) == PageRequest(20, None)
    assert page_request(100, "cursor") == PageRequest(100, "cursor")
    with pytest.raises(InvalidInput, match="first: "):
        page_request(101, None)
