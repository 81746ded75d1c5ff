"""Which rules decide a parameter as GrowthBook decides the feature of that name?

Of a feature's rules the first that applies decides: so the first has the highest priority. A rule is active only if it
and all above it are translated exactly: below one that is not, rules would apply to users for whom that one decides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from domain.errors import Refused
from domain.model.adaptations import SetParameter
from domain.model.catalogues import Catalogue, CatalogueParameter
from domain.model.conditions import Always
from domain.model.definitions import Definitions, RuleDefinition
from domain.model.imports import AttributeSource
from domain.model.json_values import json_flaw
from domain.model.rules import RuleContent, RuleKey, RuleStatus
from domain.rules.documents import content_document, parse_content
from domain.rules.documents.catalogues import MAX_CATALOGUE_ITEMS
from domain.rules.documents.reading import KEY_PATTERN, MAX_NAME_CHARACTERS
from domain.rules.growthbook.conditions import (
    NotTranslated,
    attributes_read,
    groups_named,
    read_condition,
    refuse_unreadable,
)
from domain.rules.growthbook.payloads import read_payload
from domain.rules.growthbook.rollouts import read_rollout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.model.conditions import Condition
    from domain.model.imports import GrowthBookOptions
    from domain.rules.growthbook.payloads import Payload

    Fields = Mapping[str, Any]

PRIORITY_OF_THE_FIRST = 1_000
MAX_NOTE_CHARACTERS = 500
_KEY = re.compile(KEY_PATTERN[1:-1])
_MAX_KEY_CHARACTERS = 64
_DIGEST_BYTES = 6
_OF_EVERY_RULE = frozenset({"id", "condition", "force", "coverage", "range", "hashAttribute", "hashVersion", "seed"})
# Where a value is forced, GrowthBook does not look at these (but for sticky buckets of users without an id).
_OF_EXPERIMENTS = frozenset(
    {
        *("variations", "contextualVariations", "contextualBanditRef", "weights", "ranges", "meta", "key", "name"),
        *("phase", "namespace", "bucketVersion", "minBucketVersion", "disableStickyBucketing", "fallbackAttribute"),
        "tracks",
    }
)
_WHO_MAY = {
    "parentConditions": "it depends on other features (“parentConditions”), and rules here do not",
    "filters": "only some users reach it (“filters”: a namespace or holdout)",
}


@dataclass(frozen=True, slots=True)
class Translation:
    """`notes`: what could not be translated, and what that means; none: everything decides as it did."""

    definitions: Definitions
    notes: tuple[str, ...] = ()


def translate(document: object, options: GrowthBookOptions) -> Translation:
    """Raises `Refused` when the document is nothing of GrowthBook's."""
    payload = read_payload(document, options.environment)
    if len(payload.features) > MAX_CATALOGUE_ITEMS:
        message = f"a catalogue has at most {MAX_CATALOGUE_ITEMS:,} parameters: import the features that you need"
        raise Refused.because("TOO_MANY", message, "features")
    features = [_Feature(key, fields, payload, options) for key, fields in sorted(payload.features.items())]
    for feature in features:
        feature.translate()
    rules = _distinctly_named([rule for feature in features for rule in feature.rules])
    parameters = tuple(feature.parameter for feature in features if feature.parameter is not None)
    notes = (*payload.notes, *(note for feature in features for note in feature.notes), *_needs(rules, options))
    definitions = Definitions(rules=tuple(rules), catalogue=Catalogue(parameters=parameters))
    return Translation(definitions, tuple(map(_sayable, notes)))


@dataclass(slots=True)
class _Feature:
    """One feature being translated, from its first rule to its last."""

    key: str
    fields: Fields
    payload: Payload
    options: GrowthBookOptions
    parameter: CatalogueParameter | None = None
    rules: list[RuleDefinition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubt: str | None = None
    """Why a rule at the end of the list would not decide exactly as in GrowthBook."""

    def translate(self) -> None:
        if not _is_key(self.key):
            rules = len(self.fields.get("rules") or ())
            self._note(f"cannot be a key here (letters, digits and _ . : -, 64 at most): left out with {rules} rules")
            return
        self._translate_default()
        for position, rule in enumerate(self.fields.get("rules") or (), 1):
            self._translate_rule(position, rule)

    def _translate_default(self) -> None:
        default = self.fields.get("defaultValue")
        if default is None:
            self._note("has no default value: where no rule decides it, the config's parameters do not name it")
        elif flaw := json_flaw(default):
            self._note(f"its default value {flaw}: where no rule decides it, the config's parameters do not name it")
        else:
            self.parameter = CatalogueParameter(self.key, self.key, default)

    def _translate_rule(self, position: int, rule: Fields) -> None:
        name = f"rule {position}" + (f" ({rule['id']})" if _is_key(rule.get("id")) else "")
        try:
            translated, doubt = self._translated(position, rule)
        except NotTranslated as reason:
            self._note(f"{name} is left out: {reason}")
            self._doubt_what_is_below(position, "is not imported")
            return
        if translated is None:
            self._note(f"{name} is left out: it sets no value, in GrowthBook neither")
            return
        if doubt:
            self._note(f"{name} is a draft: {doubt}")
        self.rules.append(_with_status(translated, doubt or self.doubt))
        if doubt:
            self._doubt_what_is_below(position, "does not concern the same users")

    def _translated(self, position: int, rule: Fields) -> tuple[RuleDefinition | None, str | None]:
        """The rule, if it does anything, and why it does not decide exactly as there. Raises `NotTranslated`."""
        _refuse_what_is_not_understood(rule)
        if "force" not in rule:
            return None, None
        value = rule["force"]
        if value is None:
            raise NotTranslated("it sets null, and a parameter here is some value")
        if flaw := json_flaw(value):
            raise NotTranslated(f"its value {flaw}")
        rollout = read_rollout(rule, self.key, self.options.user_attribute)
        content = RuleContent(
            key=RuleKey(f"{self.key}:{_identity(position, rule)}"),
            name=f"{self.key}, rule {position}"[:MAX_NAME_CHARACTERS],
            description=f"Imported from GrowthBook: rule {position} of the feature {self.key}.",
            adaptations=(SetParameter(self.key, value),),
            condition=self._condition(rule),
            priority=PRIORITY_OF_THE_FIRST - position,
            coverage=rollout.coverage,
        )
        _refuse_unstorable(content)
        return RuleDefinition(content, salt=rollout.salt), rollout.doubt

    def _condition(self, rule: Fields) -> Condition:
        query = rule.get("condition")
        if query is None:
            return Always()
        refuse_unreadable(query)
        named = sorted(set(groups_named(query)))
        if named and self.payload.groups is None:
            raise NotTranslated(f"the saved group {named[0]} is not in the file: import the payload of an SDK instead")
        groups = self.payload.groups or {}
        for group in named:
            if group not in groups:
                self._note(f"the saved group {group} is unknown: it counts as empty, as it does in GrowthBook")
        return read_condition(query, groups, self.options.attributes_are)

    def _doubt_what_is_below(self, position: int, why: str) -> None:
        if self.doubt is None:
            self.doubt = f"rule {position}, which comes first in GrowthBook, {why}"
            if position < len(self.fields["rules"]):
                self._note(
                    f"what is below rule {position} is imported as drafts: they would decide where that one does"
                )

    def _note(self, note: str) -> None:
        self.notes.append(f"feature {self.key}: {note}")


def _refuse_unstorable(content: RuleContent) -> None:
    """Raises `NotTranslated` for what no author could write. Keys that are too long are cut later."""
    try:
        parse_content({**content_document(content), "key": "any"})
    except Refused as refused:
        problem = refused.problems[0]
        raise NotTranslated(f"{'.'.join(problem.path)}: {problem.message}") from None


def _with_status(rule: RuleDefinition, doubt: str | None) -> RuleDefinition:
    if doubt is None:
        return replace(rule, status=RuleStatus.ACTIVE)
    content = replace(rule.content, description=f"{rule.content.description} A draft: {doubt}.")
    return replace(rule, content=content, status=RuleStatus.DRAFT)


def _sayable(note: str) -> str:
    """Names in a file may be of any length, and hold halves of characters."""
    return note[:MAX_NOTE_CHARACTERS].encode(errors="replace").decode()


def _refuse_what_is_not_understood(rule: Fields) -> None:
    """Raises `NotTranslated` for what would change whom the rule concerns, and for what GrowthBook may have added."""
    for name, reason in _WHO_MAY.items():
        if rule.get(name):
            raise NotTranslated(reason)
    if unknown := sorted(rule.keys() - _OF_EVERY_RULE - _OF_EXPERIMENTS - _WHO_MAY.keys()):
        raise NotTranslated(f"“{unknown[0]}” is not understood")
    variations = rule.get("contextualVariations") or rule.get("variations")
    if "force" not in rule and variations is not None:
        many = f" ({len(variations)} variations)" if isinstance(variations, list) else ""
        raise NotTranslated(f"it is an experiment{many}, and rules here are none")


def _identity(position: int, rule: Fields) -> str:
    """By its id a rule is recognised when it is imported again, wherever it stands by then."""
    return str(rule["id"]) if _is_key(rule.get("id")) else str(position)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _distinctly_named(rules: list[RuleDefinition]) -> list[RuleDefinition]:
    """Keys that are too long, or given twice, are cut and told apart by a digest of the whole."""
    counts = Counter(rule.content.key for rule in rules)
    return [
        rule if counts[key] == 1 and len(key) <= _MAX_KEY_CHARACTERS else _digested(rule)
        for rule in rules
        for key in (rule.content.key,)
    ]


def _digested(rule: RuleDefinition) -> RuleDefinition:
    whole = f"{rule.content.key}\0{rule.content.name}"
    digest = blake2b(whole.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    cut = rule.content.key[: _MAX_KEY_CHARACTERS - len(digest) - 1]
    return replace(rule, content=replace(rule.content, key=RuleKey(f"{cut}.{digest}")))


def _needs(rules: list[RuleDefinition], options: GrowthBookOptions) -> Iterator[str]:
    """What the host application has to tell the engine, so that the rules find it."""
    names = sorted({name for rule in rules for name in attributes_read(rule.content.condition)})
    if names and options.attributes_are is AttributeSource.ATTRIBUTES:
        yield f"send with every config request, as attributes of its context: {', '.join(names)}"
    elif names:
        yield f"declare as traits of every user (updateProfile): {', '.join(names)}"
    if any(0 < rule.content.coverage < 1 for rule in rules):
        yield f"users are drawn by their ids: they have to be what GrowthBook knows as “{options.user_attribute}”"
