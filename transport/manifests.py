"""Which documents does an application send? A manifest of them, as its build writes it.

Client tools name a document by the SHA-256 of its text (GraphQL over HTTP, appendix A). Three ways to write that are
read: an object of `sha256:HASH` and text (the client preset of graphql-codegen), the same without the prefix (Relay),
and Apollo's `apollo-persisted-query-manifest`. Every text is hashed again: a manifest cannot say what it does not hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import orjson

PREFIX = "sha256:"
APOLLO = "apollo-persisted-query-manifest"


class ManifestRefused(Exception):
    """The manifest must not be used; its problems are told to whoever made it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The texts of trusted documents, by the hash that names them."""

    texts: Mapping[str, str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        return cls({hash_of(text): text for text in texts})

    @classmethod
    def read(cls, content: bytes | str) -> Self:
        """Read what a client tool, or `as_json`, has written; raises ManifestRefused."""
        try:
            written = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise ManifestRefused([f"it is no JSON in UTF-8: {error}"]) from None
        entries = list(_entries(written))
        if problems := [problem for name, text in entries for problem in _problems(name, text)]:
            raise ManifestRefused(problems)
        return cls.of(text for _, text in entries)

    def as_json(self) -> bytes:
        """The same for the same documents, in whatever order they were found."""
        named = {f"{PREFIX}{name}": text for name, text in self.texts.items()}
        return orjson.dumps(named, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _entries(written: object) -> Iterator[tuple[object, Any]]:
    """Each name, and what it is said to name."""
    match written:
        case {"format": str(format_), "operations": list(operations)} if format_ == APOLLO:
            for operation in operations:
                yield (operation.get("id"), operation.get("body")) if isinstance(operation, dict) else (None, None)
        case {"format": str(format_)}:
            raise ManifestRefused([f"its format is none that is read here: {format_}"])
        case dict():
            yield from written.items()
        case _:
            raise ManifestRefused(["it is not a JSON object"])


def _problems(name: object, text: object) -> Iterator[str]:
    if not isinstance(name, str) or not isinstance(text, str):
        yield f"{name}: a document has an id and a text"
    elif name.removeprefix(PREFIX) != hash_of(text):
        yield f"{name}: this is not the SHA-256 of its text; let client tools hash with sha256, edit nothing"
