"""What is known of one user who was two: which of two declarations and choices holds?"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from domain.model.json_values import json_flaw
from domain.model.profiles import Preferences
from domain.model.users import PersonalizationChoice

if TYPE_CHECKING:
    from domain.model.json_values import JsonObject
    from domain.model.profiles import Profile


def joined_profile(known: Profile, anonymous: Profile) -> Profile:
    """What both declared and chose, as the known user's. Nothing of what they did: that is to be folded."""
    return replace(
        known,
        traits=joined_traits(known.traits, anonymous.traits),
        preferences=joined_preferences(known.preferences, anonymous.preferences),
        choice=joined_choice(known.choice, anonymous.choice),
    )


def joined_traits(known: JsonObject, anonymous: JsonObject) -> JsonObject:
    """The known user's win, the anonymous one's fill the gaps: all of them, or none where all would be too much."""
    joined = {**anonymous, **known}
    return known if json_flaw(joined) else joined


def joined_preferences(known: Preferences, anonymous: Preferences) -> Preferences:
    chosen = {field.name: getattr(known, field.name) for field in fields(Preferences)}
    gaps = {name: getattr(anonymous, name) for name, value in chosen.items() if value is None}
    return Preferences(**{**chosen, **gaps})


def joined_choice(known: PersonalizationChoice, anonymous: PersonalizationChoice) -> PersonalizationChoice:
    """Whoever opted out, of anything, stays opted out. It was chosen when the latest of the two was."""
    instants = [choice.changed_at for choice in (known, anonymous) if choice.changed_at is not None]
    return PersonalizationChoice(
        enabled=known.enabled and anonymous.enabled,
        use_of_models=known.use_of_models and anonymous.use_of_models,
        changed_at=max(instants, default=None),
    )
