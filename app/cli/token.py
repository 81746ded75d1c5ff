"""How does one get a token that the engine accepts?"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.cli.options import DataDir, duration
from app.cli.refusals import CommandRefused
from app.settings import PREFIX, load_settings, signing_secret
from domain.model.principals import Role
from domain.model.users import MAX_USER_ID_CHARACTERS, UserId, is_user_id


def token(
    *,
    user: Annotated[str, typer.Option(help="The user id that the token speaks for.")],
    role: Annotated[list[Role] | None, typer.Option(help="A role; may be repeated.", show_default="user")] = None,
    expires: Annotated[
        timedelta, typer.Option(help="How long it counts: 90s, 15m, 1h, 30d.", parser=duration, metavar="DURATION")
    ] = "1h",  # type: ignore[assignment]  # typer parses the default like a given value
    data_dir: DataDir = None,
) -> None:
    """Print a token for the engine, alone on standard output.

    It is signed with ATTUNE_TOKEN_SECRET or, without one, with the secret of the data directory (made at first use).
    """
    if not is_user_id(user):
        limit = f"1 to {MAX_USER_ID_CHARACTERS} printable characters, no spaces around them"
        raise typer.BadParameter(f"a user id has {limit}", param_hint="--user")
    settings = load_settings(data_dir=data_dir)
    if settings.jwks_url is not None:
        raise CommandRefused(f"{PREFIX}JWKS_URL is set: only its issuer makes tokens that this engine accepts")
    from app.authentication import TokenIssuer  # noqa: PLC0415 - slow to import

    issuer = TokenIssuer(signing_secret(settings), settings.token_issuer, settings.token_audience)
    typer.echo(issuer.issue(UserId(user), role or [Role.USER], expires, datetime.now(UTC)))
