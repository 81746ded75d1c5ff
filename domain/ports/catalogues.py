"""How the catalogue is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from domain.model.catalogues import Catalogue


class Catalogues(Protocol):
    async def get(self) -> Catalogue:
        """The catalogue; an empty one when none was ever saved."""
        ...

    async def save(self, catalogue: Catalogue) -> None: ...
