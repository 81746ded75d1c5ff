"""Which features does a file of GrowthBook's hold: as its SDKs are sent them, or as its REST API lists them?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.errors import Refused
from domain.rules.documents.codes import Code
from domain.rules.documents.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.model.json_values import Json

    Fields = Mapping[str, Any]

_SDK_MEMBERS = frozenset({"features", "savedGroups", "experiments", "dateUpdated", "status"})
_REST_MEMBERS = frozenset({"features", "feature", "limit", "offset", "count", "total", "hasMore", "nextOffset"})
_NO_FEATURES = (
    'give what GrowthBook\'s SDK endpoint answers, {"features": {...}}, or what its REST API lists, {"features": [...]}'
)


@dataclass(frozen=True, slots=True)
class Payload:
    """Features by key, as an SDK would be given them; `groups`: the saved groups, where the file holds any; `notes`:
    what of the file is not in here.
    """

    features: Mapping[str, Fields]
    groups: Mapping[str, Sequence[Json]] | None = None
    notes: tuple[str, ...] = ()


def read_payload(document: object, environment: str | None) -> Payload:
    """Raises `Refused` when this is nothing of GrowthBook's, or does not say enough."""
    reader = Reader(document)
    given = document if isinstance(document, dict) else {}
    if "encryptedFeatures" in given and "features" not in given:
        reader.refuse(Code.WRONG_TYPE, "this payload is encrypted: fetch it with the key of an unencrypted connection")
    features = given.get("features", [given["feature"]] if "feature" in given else None)
    if not isinstance(features, dict | list):
        reader.refuse(Code.WRONG_TYPE, _NO_FEATURES, "features")
    reader.finish()
    payload = _from_rest(given, features, environment) if isinstance(features, list) else _from_sdk(reader, given)
    _refuse_shapeless(reader, payload.features)
    reader.finish()
    return payload


def _from_sdk(reader: Reader, given: Fields) -> Payload:
    groups = given.get("savedGroups")
    if groups is not None and not _is_lists_by_name(groups):
        reader.refuse(Code.WRONG_TYPE, "give each saved group as the list of its members", "savedGroups")
    notes = [f"“{name}” is not read" for name in sorted(given.keys() - _SDK_MEMBERS)]
    if given.get("experiments"):
        notes.append("visual and redirect experiments (“experiments”) are not imported: they are no features")
    return Payload(given["features"], groups, tuple(notes))


def _from_rest(given: Fields, listed: Sequence[object], environment: str | None) -> Payload:
    features = [feature for feature in listed if isinstance(feature, dict) and isinstance(feature.get("id"), str)]
    chosen = environment or _only_environment(features)
    notes = [f"“{name}” is not read" for name in sorted(given.keys() - _REST_MEMBERS)]
    if given.get("hasMore"):
        notes.append(f"this is a page of {len(listed)} features, and there are more: fetch the others, too")
    if len(features) < len(listed):
        notes.append(f"items without an “id” are no features: {len(listed) - len(features)}")
    found: dict[str, Fields] = {}
    for feature in features:
        definition, obstacle = _definition(feature, chosen)
        notes += [f"feature {feature['id']}: {obstacle}"] if obstacle else []
        notes += [f"feature {feature['id']}: {note}" for note in _schedules(feature, chosen)]
        if definition is not None:
            found[feature["id"]] = definition
    return Payload(found, None, tuple(notes))


def _is_lists_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(members, list) for members in value.values())


def _only_environment(features: Sequence[Fields]) -> str:
    """Raises `Refused` where there are several."""
    names = sorted({str(name) for feature in features for name in _object(feature.get("environments"))})
    if len(names) == 1:
        return names[0]
    message = f"say of which environment: {', '.join(names) or 'these features have none'}"
    raise Refused.because(Code.REQUIRED, message, "environments")


def _definition(feature: Fields, environment: str) -> tuple[Fields | None, str | None]:
    """What the SDKs of an environment are given of a feature, or why nothing."""
    state = _object(feature.get("environments")).get(environment)
    if feature.get("archived"):
        return None, "is archived, so it is left out"
    if not isinstance(state, dict):
        return None, f"is not in the environment {environment}, so it is left out"
    if not state.get("enabled"):
        return None, f"is switched off in {environment}, so it is left out: SDKs are not told of it either"
    try:
        definition = json.loads(state["definition"])
    except (KeyError, TypeError, ValueError, RecursionError):
        definition = None
    if not isinstance(definition, dict):
        return None, "has no readable “definition”, so it is left out: import the SDK's payload instead"
    return definition, None


def _schedules(feature: Fields, environment: str) -> Iterator[str]:
    state = _object(_object(feature.get("environments")).get(environment))
    rules = state.get("rules") or feature.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        if _object(rule).get("scheduleRules"):
            yield f"rule {rule.get('id')} is switched by a schedule, which is not imported: it is taken as it is now"


def _object(value: Any) -> Fields:
    return value if isinstance(value, dict) else {}


def _refuse_shapeless(reader: Reader, features: Fields) -> None:
    for key, feature in features.items():
        here = reader.at("features", None).at(key, feature)
        if not isinstance(feature, dict):
            here.refuse(Code.WRONG_TYPE, "give a feature as an object")
            continue
        rules = feature.get("rules") or []
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            here.refuse(Code.WRONG_TYPE, "give the rules of a feature as a list of objects", "rules")
