"""What does the host application offer to personalize?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.documents import parse_catalogue
from resolvers.authorization import WRITE_DEFINITIONS, require, signed_in

if TYPE_CHECKING:
    from domain.model.catalogues import Catalogue
    from resolvers.arguments import Document
    from resolvers.context import RequestContext


async def catalogue(context: RequestContext) -> Catalogue:
    signed_in(context.principal)
    async with context.use_cases.begin() as work:
        return await work.catalogues.get()


async def save_catalogue(context: RequestContext, document: Document) -> Catalogue:
    """Raises `Refused`."""
    author = require(context.principal, WRITE_DEFINITIONS)
    return await context.use_cases.save_catalogue(parse_catalogue(document), author)
