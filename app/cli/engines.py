"""Which running engine does a command speak to, and in whose name?"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

import typer

from app.cli.refusals import CommandRefused
from app.settings import PREFIX, SECRET_FILE, Settings, load_settings, signing_secret
from domain.model.principals import Role
from domain.model.users import UserId

DEFAULT_PORT = Settings.model_fields["port"].default


def url_beside() -> str:
    """Where `attune serve` would serve in the same environment."""
    return f"http://127.0.0.1:{os.environ.get(f'{PREFIX}PORT', DEFAULT_PORT)}/graphql"


Url: TypeAlias = Annotated[
    str,
    typer.Option(
        help="The GraphQL endpoint of the running engine.",
        default_factory=url_beside,
        show_default=f"http://127.0.0.1:{DEFAULT_PORT}/graphql, or {PREFIX}PORT",
    ),
]


def check_destination(url: str, token: str | None) -> None:
    """Raises typer.BadParameter for what cannot be a URL or a token."""
    if token is not None and not (token.isascii() and token.isprintable()):
        raise typer.BadParameter("a token has printable ASCII characters only", param_hint="--token")
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise typer.BadParameter(f"{url!r} is not an http or https URL", param_hint="--url")


def local_token(data_dir: Path | None, user: UserId, role: Role, lasts: timedelta) -> str:
    """Sign a token like the engine beside; a secret made here and now would be nobody's."""
    settings = load_settings(data_dir=data_dir)
    secret_file = settings.data_dir / SECRET_FILE
    if settings.jwks_url is not None or (settings.token_secret is None and not secret_file.exists()):
        raise CommandRefused(
            f"there is no secret to sign a token with ({PREFIX}TOKEN_SECRET or {secret_file}): give --token with the "
            f"role {role}, or the engine's --data-dir"
        )
    from app.authentication import TokenIssuer  # noqa: PLC0415 - slow to import

    issuer = TokenIssuer(signing_secret(settings), settings.token_issuer, settings.token_audience)
    return issuer.issue(user, [role], lasts, datetime.now(UTC))
