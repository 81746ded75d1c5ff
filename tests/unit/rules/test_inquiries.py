"""Does a remembered inquiry conclude what working it out would, and ask no more?"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from domain.model.users import UserId
from domain.rules.previews import inquiries
from domain.rules.previews.inquiries import Answers, Inquiry, RememberedInquiry, answer_to
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

LETTERS = "abc"


def situation(user_id: str) -> Situation:
    return Situation(build_profile(UserId(user_id)), build_context(), NOW)


def everybody() -> Iterator[str]:
    return ("".join(letters) for length in range(4) for letters in product(LETTERS, repeat=length))


class Spelling:
    """Who has an a is asked for a b, who has a b for a c; how far one came is the conclusion."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.worked_out = 0
        self.questions = {letter: self._asks_for(letter) for letter in LETTERS}

    def _asks_for(self, letter: str) -> inquiries.Question:
        def ask(situation: Situation) -> bool:
            self.asked.append((situation.profile.user_id, letter))
            return letter in situation.profile.user_id

        return ask

    def inquiry(self) -> Inquiry[str]:
        came = ""
        for letter in LETTERS:
            if not (yield self.questions[letter]):
                break
            came += letter
        self.worked_out += 1
        return came

    @staticmethod
    def expected(user_id: str) -> str:
        return next((LETTERS[:n] for n, letter in enumerate(LETTERS) if letter not in user_id), LETTERS)


def test_it_concludes_what_working_it_out_concludes_once_for_all_who_answer_alike() -> None:
    spelling = Spelling()
    remembered = RememberedInquiry(spelling.inquiry)

    for user_id in everybody():
        assert remembered.conclude(situation(user_id)) == spelling.expected(user_id)
    assert spelling.worked_out == len({spelling.expected(user_id) for user_id in everybody()})


def test_who_answers_like_somebody_before_is_asked_no_more_than_needed() -> None:
    spelling = Spelling()
    remembered = RememberedInquiry(spelling.inquiry)
    remembered.conclude(situation("ac"))
    spelling.asked.clear()

    assert remembered.conclude(situation("a")) == "a"
    assert spelling.asked == [("a", "a"), ("a", "b")]


def test_forgetting_changes_no_conclusion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiries, "MAX_REMEMBERED", 1)
    spelling = Spelling()
    remembered = RememberedInquiry(spelling.inquiry)

    for user_id in [*everybody(), *everybody()]:
        assert remembered.conclude(situation(user_id)) == spelling.expected(user_id)


def test_what_is_answered_already_is_not_asked_again() -> None:
    spelling = Spelling()
    answers: Answers = {}

    def twice() -> Inquiry[tuple[bool, bool]]:
        first = yield from answer_to(spelling.questions["a"], answers)
        second = yield from answer_to(spelling.questions["a"], answers)
        return first, second

    assert RememberedInquiry(twice).conclude(situation("a")) == (True, True)
