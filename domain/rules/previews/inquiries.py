"""How is something worked out for many users when it depends on a few answers only, and most answer alike?

An inquiry is a generator: it yields questions, is sent the answers, and returns what follows from them. It must be a
function of the answers alone. So the way that one user's answers have taken is remembered, as a tree of questions, and
whoever answers alike is only asked: nothing is worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from domain.rules.situations import Situation

Conclusion = TypeVar("Conclusion")
Question: TypeAlias = Callable[[Situation], Hashable]
Inquiry: TypeAlias = Generator[Question, Any, Conclusion]

Answers: TypeAlias = dict[Question, Any]

MAX_REMEMBERED = 100_000
"""So many answers are remembered, then all are forgotten."""


def answer_to(question: Question, answers: Answers) -> Inquiry[Any]:
    """Asked only once."""
    if question not in answers:
        answers[question] = yield question
    return answers[question]


@dataclass(slots=True)
class _Fork(Generic[Conclusion]):
    """A question, and where each answer leads: to the next one, or to the end."""

    ask: Question
    ways: dict[Hashable, _Fork[Conclusion] | Conclusion] = field(default_factory=dict)


class RememberedInquiry(Generic[Conclusion]):
    def __init__(self, begin: Callable[[], Inquiry[Conclusion]]) -> None:
        """The inquiry that `begin` begins asks one question at least, and never concludes `None`."""
        self._begin = begin
        self._first: _Fork[Conclusion] = _Fork(next(begin()))
        self._remembered = 0

    def conclude(self, situation: Situation) -> Conclusion:
        way: _Fork[Conclusion] | Conclusion | None = self._first
        while isinstance(way, _Fork):
            way = way.ways.get(way.ask(situation))
        return self._explore(situation) if way is None else way

    def _explore(self, situation: Situation) -> Conclusion:
        """Go all the way, and remember it."""
        if self._remembered >= MAX_REMEMBERED:
            self._first, self._remembered = _Fork(self._first.ask), 0
        inquiry, fork = self._begin(), self._first
        next(inquiry)
        while True:
            answer = fork.ask(situation)
            try:
                question = inquiry.send(answer)
            except StopIteration as end:
                conclusion: Conclusion = end.value
                fork.ways[answer] = conclusion
                return conclusion
            way = fork.ways.get(answer)
            if not isinstance(way, _Fork):
                way = fork.ways[answer] = _Fork(question)
                self._remembered += 1
            fork = way
