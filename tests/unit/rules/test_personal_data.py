"""Is everything stored about a user written down, in words that programs can read?"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given

from domain.model.adaptations import ThemeMode
from domain.model.insights import NextAction
from domain.model.interactions import InteractionKind
from domain.model.profiles import Preferences, Profile
from domain.rules.documents.personal_data import profile_document, written
from tests.builders.profiles import NOW, build_profile, profiles


def test_values_become_json_with_the_names_of_the_api() -> None:
    action = NextAction(InteractionKind.CLICK, None, 0.25)
    at = datetime(2026, 3, 4, 12, tzinfo=timezone(timedelta(hours=2)))

    assert written((action,)) == [{"kind": "CLICK", "target": None, "probability": 0.25}]
    assert written({"at": at}) == {"at": "2026-03-04T10:00:00Z"}
    assert written(Preferences(theme_mode=ThemeMode.DARK)) == {"themeMode": "DARK", "density": None, "difficulty": None}


def test_what_is_no_value_of_the_domain_is_refused() -> None:
    with pytest.raises(TypeError, match="A object is no value"):
        written(object())


@given(profiles(NOW))
def test_whatever_a_profile_holds_survives_being_read_again(profile: Profile) -> None:
    document = profile_document(profile, NOW)

    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_no_part_of_a_profile_is_forgotten() -> None:
    """Whoever adds a field decides here whether it is the user's to take away."""
    kept_elsewhere = {"user_id", "history", "assignments", "linked_to", "buckets"}
    written_as = {"memberships": "segments", "choice": "personalization", "computed_at": "computedAt"}
    names = {field.name for field in fields(Profile)} - kept_elsewhere

    assert {written_as.get(name, name) for name in names} <= profile_document(build_profile(), NOW).keys()
