"""How is the content of a rule written, in the shape of the API's `RuleInput`?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.rules import PRIORITY_LIMIT, RuleContent, RuleKey
from domain.model.schedules import ALWAYS_SCHEDULED
from domain.rules.documents.adaptations import adaptation_document, read_adaptations
from domain.rules.documents.conditions import STAND_IN, condition_document, read_condition
from domain.rules.documents.experiments import experiment_document, read_experiment
from domain.rules.documents.ranges import plain_number
from domain.rules.documents.reading import Reader, read_description, read_name
from domain.rules.documents.schedules import read_schedule, schedule_document

if TYPE_CHECKING:
    from domain.model.json_values import Json

_REQUIRED = ("key", "name", "condition", "adaptations")
_OPTIONAL = ("description", "priority", "places", "schedule", "coverage", "exclusionGroup", "experiment")


def parse_content(document: object) -> RuleContent:
    """What the author of a rule wrote. Raises `Refused` with every problem found."""
    reader = Reader(document)
    content = read_content(reader)
    reader.finish()
    return content


def read_content(reader: Reader) -> RuleContent:
    members = reader.members(_REQUIRED, _OPTIONAL)
    least = 0 if "experiment" in members else 1  # a rule may change nothing but by its variations
    return RuleContent(
        key=RuleKey(members.read("key", Reader.key, "")),
        name=members.read("name", read_name, ""),
        description=members.read("description", read_description, ""),
        priority=members.read("priority", lambda number: number.integer(-PRIORITY_LIMIT, PRIORITY_LIMIT), 0),
        places=members.read("places", _read_places, frozenset()),
        condition=members.read("condition", read_condition, STAND_IN),
        adaptations=members.read("adaptations", lambda inner: read_adaptations(inner, least=least), ()),
        schedule=members.read("schedule", read_schedule, ALWAYS_SCHEDULED),
        coverage=members.read("coverage", lambda share: share.number(0, 1), 1.0),
        exclusion_group=members.read("exclusionGroup", Reader.key, None),
        experiment=members.read("experiment", read_experiment, None),
    )


def content_document(content: RuleContent) -> dict[str, Json]:
    """The document that `parse_content` reads as equal content."""
    return {
        "key": content.key,
        "name": content.name,
        "description": content.description,
        "priority": content.priority,
        "places": [*sorted(content.places)],
        "condition": condition_document(content.condition),
        "adaptations": [adaptation_document(adaptation) for adaptation in content.adaptations],
        "schedule": schedule_document(content.schedule),
        "coverage": plain_number(content.coverage),
        "exclusionGroup": content.exclusion_group,
        "experiment": None if content.experiment is None else experiment_document(content.experiment),
    }


def _read_places(reader: Reader) -> frozenset[str]:
    return frozenset(reader.distinct(Reader.key))
