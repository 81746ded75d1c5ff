"""What does a running engine define, and what does it say to an import?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from app.definitions.refusals import EngineRefused
from app.endpoints import client_options, understood, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.endpoints import Answer

EXPORT = "query Export { exportRules }"
IMPORT = """
mutation Import($input: ImportInput!) {
  importRules(input: $input) {
    revision applied unchanged notes
    created: count(kind: CREATED) changed: count(kind: CHANGED)
    archived: count(kind: ARCHIVED) deleted: count(kind: DELETED)
    changes { kind subject details }
    userErrors { message path }
  }
}
"""


@dataclass(frozen=True, slots=True)
class DefiningEngine:
    """A running engine's public API, spoken to with one token. Everything raises `EngineRefused`."""

    client: httpx2.Client
    url: str

    def export_rules(self) -> Any:
        return self._ask(EXPORT, {})["exportRules"]

    def import_rules(self, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        """The `ImportPayload` of an `ImportInput`; refusals of the document are among its `userErrors`."""
        payload: Mapping[str, Any] = self._ask(IMPORT, {"input": wanted})["importRules"]
        return payload

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            response = self.client.post(self.url, content=orjson.dumps({"query": query, "variables": variables}))
        except httpx2.InvalidURL:
            raise EngineRefused(f"{self.url} is not a URL") from None
        except httpx2.RequestError as error:
            raise EngineRefused(f"{unreachable(error)}: is `attune serve` running, and --url right?") from None
        answer = understood(response)
        if refusal := _refusal(answer):
            raise EngineRefused(refusal)
        return answer.data


@contextmanager
def connected(url: str, token: str) -> Iterator[DefiningEngine]:
    """Give access to the engine whose GraphQL endpoint is at `url`."""
    with httpx2.Client(**client_options(url, token)) as client:
        yield DefiningEngine(client, url)


def _refusal(answer: Answer) -> str | None:
    """Why the answer is none, in words."""
    return next((words.format(answer.told) for applies, words in _REFUSALS if applies(answer)), None)


_REFUSALS: tuple[tuple[Callable[[Answer], bool], str], ...] = (
    (lambda answer: answer.is_too_large, "the file is too large: import it in parts, what one leaves out stays ({})"),
    (lambda answer: answer.refuses_the_token, "the engine does not accept the token: {}"),
    (lambda answer: answer.refuses_the_role, "the token may not do this, it needs another role: {}"),
    (lambda answer: answer.may_succeed_later, "the engine cannot work now, try again: {}"),
    (lambda answer: answer.message is not None, "the engine refuses the request: {}"),
    (lambda answer: not answer.data, "this is no engine's GraphQL endpoint, is the URL right? ({})"),
)
