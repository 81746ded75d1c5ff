"""What does a config recommend because models do?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.adaptations import RecommendFeature, SetFeature
from domain.model.catalogues import Catalogue, CatalogueItem, PlaceDefaults
from domain.model.configs import Recommendation
from domain.model.profiles import FeatureHistory, History
from domain.model.users import PersonalizationChoice
from domain.rules.contests import MAX_RECOMMENDATIONS
from domain.rules.decisions import changed_slots, decide
from domain.rules.instants import DAY_US
from domain.rules.rule_sets import RuleSet
from tests.builders.insights import build_insights, build_recommended
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.profiles import Profile
    from domain.model.rules import Rule

OFFERED = Catalogue(features=tuple(CatalogueItem(key, key) for key in ("export", "import", "search")))
NOTHING_OFFERED = Catalogue()


def user(*features: str, **parts: Any) -> Profile:
    """To whom a model suggests these features."""
    suggested = tuple(build_recommended(key, 1 - number / 100) for number, key in enumerate(features))
    return build_profile(insights=build_insights(recommendations=suggested), **parts)


def config(profile: Profile, *rules: Rule, catalogue: Catalogue = NOTHING_OFFERED) -> Config:
    return decide(RuleSet.compile(1, rules, catalogue), profile, build_context(), NOW)


def recommended(profile: Profile, *rules: Rule, catalogue: Catalogue = NOTHING_OFFERED) -> list[str]:
    return [hint.feature for hint in config(profile, *rules, catalogue=catalogue).recommendations]


def test_a_suggestion_is_shown_with_its_score_and_reason() -> None:
    assert config(user("export")).recommendations == (Recommendation("export", 1.0, "others who do alike use export"),)


def test_what_rules_recommend_comes_first_and_only_once() -> None:
    rule = build_rule("r1", RecommendFeature("search"))
    found = config(user("import", "search"), rule)

    assert [hint.feature for hint in found.recommendations] == ["search", "import"]
    assert found.recommendations[0].reason == f"recommended by “{rule.content.name}”"


def test_what_is_hidden_is_not_suggested() -> None:
    hides = build_rule("r1", SetFeature("import", visible=False))
    at_place = replace(OFFERED, defaults=(PlaceDefaults("dashboard", hidden_features=("search",)),))

    assert recommended(user("import", "search", "export"), hides, catalogue=at_place) == ["export"]


def test_what_the_catalogue_does_not_offer_is_not_suggested_if_it_offers_anything() -> None:
    assert recommended(user("retired", "export"), catalogue=OFFERED) == ["export"]
    assert recommended(user("retired", "export")) == ["retired", "export"]


def test_what_the_user_has_adopted_since_is_not_suggested() -> None:
    adopted, tried = FeatureHistory(3, 0, DAY_US), FeatureHistory(2, 0, DAY_US)
    history = History(features={"export": adopted, "import": tried})

    assert recommended(user("export", "import", history=history)) == ["import"]


def test_there_is_room_for_so_many_and_no_more() -> None:
    rules = [build_rule(f"r{number}", RecommendFeature(f"r{number}")) for number in range(MAX_RECOMMENDATIONS)]
    with_one_left, with_none = (recommended(user("one", "two"), *some) for some in (rules[1:], rules))

    assert (len(with_one_left), with_one_left[-1]) == (MAX_RECOMMENDATIONS, "one")
    assert "one" not in with_none


@pytest.mark.parametrize("choice", [PersonalizationChoice(use_of_models=False), PersonalizationChoice(enabled=False)])
def test_nothing_is_suggested_to_who_does_not_allow_it(choice: PersonalizationChoice) -> None:
    profile = user("export", choice=choice)

    assert config(profile) == config(replace(profile, insights=None))


def test_nobody_gets_what_is_suggested_to_somebody_else() -> None:
    rule_set = RuleSet.compile(1, [], NOTHING_OFFERED)
    profiles = [user("export"), user("import"), build_profile()]
    found = [decide(rule_set, profile, build_context(), NOW) for profile in profiles]

    assert [[hint.feature for hint in one.recommendations] for one in found] == [["export"], ["import"], []]
    assert len({one.revision for one in found}) == 3


def test_equal_suggestions_make_equal_revisions_and_others_another() -> None:
    later = user("export", computed_at=NOW + timedelta(days=1))
    other_reason = replace(
        later, insights=build_insights(recommendations=(build_recommended("export", 1.0, "for another reason"),))
    )

    assert config(user("export")).revision == config(later).revision
    assert config(later).revision != config(other_reason).revision
    assert changed_slots(config(later), config(other_reason)) == ("recommendation:export",)
    assert changed_slots(config(build_profile()), config(later)) == ("recommendation:export",)
