"""How is news written for other processes, which may be older or newer than this one?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import structlog

from domain.model.configs import UpdateCause
from domain.model.news import (
    CatalogueChanged,
    InteractionsTracked,
    ModelsChanged,
    ProfileChanged,
    Resynchronised,
    RollUpsMerged,
    RuleChanged,
    RuleReallocated,
    RulesImported,
    SegmentChanged,
    SegmentsRedefined,
    UserErased,
    UsersLinked,
)
from domain.model.rules import RuleChangeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from domain.model.news import News

Fields: TypeAlias = "Mapping[str, Any]"

MESSAGE_LIMIT = 500
"""How much news one message carries, so that no message grows beyond some 200 KiB."""

_KINDS: Mapping[type[News], str] = {
    InteractionsTracked: "interactions_tracked",
    ProfileChanged: "profile_changed",
    UserErased: "user_erased",
    UsersLinked: "users_linked",
    SegmentChanged: "segment_changed",
    RuleChanged: "rule_changed",
    RuleReallocated: "rule_reallocated",
    RulesImported: "rules_imported",
    CatalogueChanged: "catalogue_changed",
    SegmentsRedefined: "segments_redefined",
    ModelsChanged: "models_changed",
    RollUpsMerged: "rollups_merged",
    Resynchronised: "resynchronised",
}

_log = structlog.stdlib.get_logger(__name__)


def _instant(fields: Fields) -> datetime:
    return datetime.fromisoformat(fields["at"])


def _rule_changed(fields: Fields) -> RuleChanged:
    kind = RuleChangeKind(fields["kind"])
    of_rule = (fields["rule_id"], fields["revision"], fields["rule_set_revision"])
    return RuleChanged(*of_rule, kind, fields["by"], _instant(fields))


_READERS: Mapping[str, Callable[[Fields], News]] = {
    "interactions_tracked": lambda _: InteractionsTracked(),
    "profile_changed": lambda f: ProfileChanged(f["user_id"], f["revision"], UpdateCause(f["cause"])),
    "user_erased": lambda f: UserErased(f["user_id"]),
    "users_linked": lambda f: UsersLinked(f["anonymous_id"], f["user_id"]),
    "segment_changed": lambda f: SegmentChanged(f["user_id"], f["segment"], f["joined"], f["confidence"], _instant(f)),
    "rule_changed": _rule_changed,
    "rule_reallocated": lambda f: RuleReallocated(f["rule_id"], f["revision"], f["rule_set_revision"]),
    "rules_imported": lambda f: RulesImported(f["rule_set_revision"], tuple(map(_rule_changed, f["changes"]))),
    "catalogue_changed": lambda f: CatalogueChanged(f["rule_set_revision"]),
    "segments_redefined": lambda f: SegmentsRedefined(f["segments_revision"]),
    "models_changed": lambda f: ModelsChanged(f["models_revision"]),
    "rollups_merged": lambda _: RollUpsMerged(),
    # Whoever reads this is listening, whatever the process that wrote it was doing.
    "resynchronised": lambda _: Resynchronised(),
}


def messages(news: Sequence[News]) -> Iterable[bytes]:
    """The news in order, as few messages as `MESSAGE_LIMIT` allows: arrays of `{"kind", "news": {fields}}`."""
    for start in range(0, len(news), MESSAGE_LIMIT):
        yield orjson.dumps([{"kind": _KINDS[type(n)], "news": n} for n in news[start : start + MESSAGE_LIMIT]])


def news_in(message: bytes) -> Iterable[News]:
    """What this process understands of a message; the rest is logged and left out."""
    try:
        documents = orjson.loads(message)
    except orjson.JSONDecodeError:
        documents = None
    if not isinstance(documents, list):
        _log.warning("news_unreadable", size_bytes=len(message))
        return
    for document in documents:
        news = _read(document)
        if news is not None:
            yield news


def _read(document: Any) -> News | None:
    try:
        kind = document["kind"]
        return _READERS[kind](document["news"])
    except (KeyError, TypeError, ValueError) as error:
        _log.warning("news_not_understood", reason=repr(error))
        return None
