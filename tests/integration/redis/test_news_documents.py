"""Does news survive the way to another process, which may be older or newer?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import orjson
import pytest
from structlog.testing import capture_logs

from domain.model.configs import UpdateCause
from domain.model.news import (
    CatalogueChanged,
    InteractionsTracked,
    ModelsChanged,
    News,
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
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from persistence.redis.news import MESSAGE_LIMIT, messages, news_in

NOW = datetime(2026, 11, 23, 12, 0, 0, 123_456, tzinfo=UTC)
ADA = UserId("ada ünïcode \U0001f9ee")

EVERY_KIND: tuple[News, ...] = (
    InteractionsTracked(),
    ProfileChanged(ADA, 2**60, UpdateCause.PRIVACY_CHANGED),
    UserErased(ADA),
    UsersLinked(UserId("visitor"), ADA),
    SegmentChanged(ADA, SegmentKey("power_users"), joined=True, confidence=0.1 + 0.2, at=NOW),
    RuleChanged(RuleId("r1"), 3, 17, RuleChangeKind.ROLLED_BACK, ADA, NOW),
    RuleReallocated(RuleId("r1"), 3, 18),
    RulesImported(18, (RuleChanged(RuleId("r1"), 4, 18, RuleChangeKind.DELETED, ADA, NOW),)),
    CatalogueChanged(18),
    SegmentsRedefined(4),
    ModelsChanged(5),
    RollUpsMerged(),
    Resynchronised(),
)


def test_the_examples_show_every_kind_of_news() -> None:
    assert {type(news) for news in EVERY_KIND} == set(get_args(News))


@pytest.mark.parametrize("news", EVERY_KIND, ids=lambda news: type(news).__name__)
def test_news_is_read_as_it_was_written(news: News) -> None:
    (message,) = messages((news,))

    assert list(news_in(message)) == [news]


def test_much_news_travels_in_several_messages_in_order() -> None:
    much = [CatalogueChanged(revision) for revision in range(2 * MESSAGE_LIMIT + 1)]
    written = list(messages(much))

    assert len(written) == 3
    assert [news for message in written for news in news_in(message)] == much


def test_what_a_newer_process_says_is_left_out_and_logged() -> None:
    documents = [
        {"kind": "weather_changed", "news": {"sunny": True}},
        {"kind": "catalogue_changed", "news": {"rule_set_revision": 1, "season": "spring"}},
        {"kind": "profile_changed", "news": {"user_id": "ada", "revision": 1, "cause": "A_NEW_CAUSE"}},
    ]
    with capture_logs() as lines:
        understood = list(news_in(orjson.dumps(documents)))

    assert understood == [CatalogueChanged(1)]
    assert [line["event"] for line in lines] == ["news_not_understood"] * 2


@pytest.mark.parametrize("message", [b"", b"{", b"null", b'"news"', b'{"kind": "resynchronised"}', b"\xff"])
def test_a_message_that_is_none_of_ours_is_ignored_and_logged(message: bytes) -> None:
    with capture_logs() as lines:
        assert list(news_in(message)) == []

    assert [line["event"] for line in lines] == ["news_unreadable"]


@pytest.mark.parametrize("document", [None, 1, "news", [], {}, {"kind": []}, {"kind": "user_erased", "news": None}])
def test_an_element_that_is_none_of_ours_is_ignored_and_logged(document: object) -> None:
    with capture_logs() as lines:
        assert list(news_in(orjson.dumps([document, {"kind": "resynchronised", "news": {}}]))) == [Resynchronised()]

    assert [line["event"] for line in lines] == ["news_not_understood"]
