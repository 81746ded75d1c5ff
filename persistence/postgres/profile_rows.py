"""Which rows and columns are a profile, whoever reads them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from domain.model.assignments import MAX_ASSIGNMENTS_PER_USER
from domain.model.experiments import NO_RUN
from domain.model.profiles import Profile
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from persistence.documents.assignments import parse_assignments
from persistence.documents.insights import parse_insights
from persistence.documents.memberships import parse_membership
from persistence.documents.profiles import parse_history, parse_preferences

if TYPE_CHECKING:
    from sqlalchemy import Row

COLUMNS = f"""
        p.user_id, p.revision, p.traits, p.preferences, p.history, p.skill, p.computed_at, p.insights,
        u.personalization_enabled, u.use_of_models, u.choice_changed_at,
        (
            SELECT json_agg(
                json_build_array(m.segment_key, m.confidence, m.since, m.source)
                ORDER BY m.confidence DESC, m.segment_key COLLATE "C"
            )
            FROM segment_memberships m WHERE m.user_id = p.user_id
        ) AS memberships,
        (
            SELECT json_agg(json_build_array(a.rule_id, a.run, a.variation, a.probability, a.overridden))
            FROM (
                SELECT * FROM (
                    SELECT DISTINCT ON (rule_id) * FROM assignments
                    WHERE user_id = p.user_id AND run > {NO_RUN} ORDER BY rule_id, run DESC
                ) AS latest
                ORDER BY first_exposed_at DESC LIMIT {MAX_ASSIGNMENTS_PER_USER}
            ) AS a
        ) AS assignments
"""  # noqa: S608 - constants
FROM_USERS = """
    FROM profiles p JOIN users u ON u.user_id = p.user_id
    WHERE p.user_id = ANY (CAST(:user_ids AS text[]))
"""
# Of aliases there is no profile: what they have is what their users chose.
READ = f"""
    SELECT {COLUMNS}, NULL AS linked_to, NULL AS linked_at {FROM_USERS}
    UNION ALL
    SELECT a.user_id, 0, '{{}}', '{{}}', '{{}}', 'BEGINNER', NULL, NULL,
        u.personalization_enabled, u.use_of_models, u.choice_changed_at, NULL, NULL, a.linked_to, a.linked_at
    FROM users a JOIN users u ON u.user_id = a.linked_to
    WHERE a.user_id = ANY (CAST(:user_ids AS text[]))
"""  # noqa: S608 - constants of this module
OF_USERS = text(READ)


def profile_of(row: Row[Any]) -> Profile:
    """From a row of `READ`."""
    return stored_profile(row) if row.linked_to is None else _alias(row)


def _alias(row: Row[Any]) -> Profile:
    """Not known, but distinguished by since when it is what it is."""
    choice = _choice(row)
    since = max(at for at in (row.linked_at, choice.changed_at) if at is not None)
    return Profile(UserId(row.user_id), choice=choice, computed_at=since, linked_to=UserId(row.linked_to))


def _choice(row: Row[Any]) -> PersonalizationChoice:
    return PersonalizationChoice(row.personalization_enabled, row.use_of_models, row.choice_changed_at)


def stored_profile(row: Row[Any]) -> Profile:
    return Profile(
        user_id=UserId(row.user_id),
        revision=row.revision,
        history=parse_history(row.history),
        traits=row.traits,
        preferences=parse_preferences(row.preferences),
        memberships=tuple(parse_membership(fields) for fields in row.memberships or ()),
        skill=SkillLevel(row.skill),
        choice=_choice(row),
        computed_at=row.computed_at,
        insights=parse_insights(row.insights),
        assignments=parse_assignments(row.assignments or ()),
    )
