"""Which operations of its own does an application send, and do they fit this release?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import Source

from app.settings import PREFIX, SettingsRefused
from schema.build import core_schema
from transport.assembling import assembled
from transport.documents import Documents
from transport.limits import Limits
from transport.manifests import Manifest, ManifestRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from graphql import GraphQLSchema

    from app.settings import Settings

SUFFIXES = frozenset({".graphql", ".gql"})
NOT_OUR_OWN = "node_modules"


class DocumentsRefused(Exception):
    """The documents cannot be used; each problem is one line, with its place."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def collected(paths: Iterable[Path]) -> Manifest:
    """Return the manifest of everything in these folders, GraphQL files, and manifests (.json) of client tools.

    Raises:
        DocumentsRefused: something does not fit this release's schema and limits, or cannot be read; or there is none.

    """
    schema, texts = core_schema(), list[str]()
    sources, problems = list[Source](), list[str]()
    for path in paths:
        try:
            if path.suffix == ".json":
                texts.extend(_fitting(path, schema).texts.values())
            else:
                sources.extend(Source(_text(file), str(file)) for file in _files(path))
        except DocumentsRefused as refused:
            problems.extend(refused.problems)
    assembly = assembled(sources, schema, Limits())
    problems.extend(map(str, assembly.problems))
    if not problems and not texts and not assembly.texts:
        problems.append("there are no operations: name a folder with .graphql files, or a manifest of a client tool")
    if problems:
        raise DocumentsRefused(problems)
    return Manifest.of((*assembly.texts, *texts))


def trusted_documents(settings: Settings) -> Manifest | None:
    """Return the manifest that the settings name, None if there is to be none; SettingsRefused if it cannot be read."""
    if settings.trusted_documents is None:
        return None
    try:
        return _read(settings.trusted_documents)
    except DocumentsRefused as refused:
        raise _setting_refused(refused) from None


def check_trusted_documents(settings: Settings) -> int:
    """Return how many documents callers will be limited to; raises SettingsRefused if one of them does not fit."""
    if settings.trusted_documents is None:
        return 0
    try:
        return len(_fitting(settings.trusted_documents, core_schema()).texts)
    except DocumentsRefused as refused:
        raise _setting_refused(refused) from None


def _setting_refused(refused: DocumentsRefused) -> SettingsRefused:
    first, *others = refused.problems
    more = f" (and {len(others):,} more: see `attune documents`)" if others else ""
    return SettingsRefused(f"{PREFIX}TRUSTED_DOCUMENTS: {first}{more}")


def _fitting(path: Path, schema: GraphQLSchema) -> Manifest:
    manifest = _read(path)
    try:
        Documents(schema, Limits(), manifest)
    except ManifestRefused as refused:
        raise _refused(path, refused) from None
    return manifest


def _read(path: Path) -> Manifest:
    try:
        return Manifest.read(path.read_bytes())
    except OSError as error:
        raise DocumentsRefused([f"{path} cannot be read: {error.strerror}"]) from None
    except ManifestRefused as refused:
        raise _refused(path, refused) from None


def _refused(path: Path, refused: ManifestRefused) -> DocumentsRefused:
    return DocumentsRefused(f"{path}: {problem}" for problem in refused.problems)


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or those below the folder in the order of their names."""
    if not path.is_dir():
        yield path
        return
    for inner in sorted(path.iterdir()):
        if inner.is_dir() and inner.name != NOT_OUR_OWN and not inner.name.startswith("."):
            yield from _files(inner)
        elif inner.suffix in SUFFIXES:
            yield inner


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise DocumentsRefused([f"{file} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise DocumentsRefused([f"{file} is no UTF-8: {error.reason} at byte {error.start}"]) from None
