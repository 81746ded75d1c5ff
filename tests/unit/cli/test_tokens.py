"""Which tokens does `attune token` print, and does the engine accept them?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.authentication import token_verifier
from app.settings import load_settings
from domain.model.principals import Principal, Role
from tests.unit.cli.shells import attune, refusal

SECRET = "k3Jx-9sQ2mVb7Lw0ZpRt5YcN8hGd4Fa1"


async def principal_of(token: str) -> Principal:
    return await token_verifier(load_settings(), lambda: datetime.now(UTC)).verify(token)


async def test_the_token_stands_alone_on_standard_output_and_the_engine_accepts_it() -> None:
    ran = attune("token", "--user", "ann", "--role", "admin", "--role", "service", "--expires", "30d")
    assert (ran.code, ran.errors) == (0, "")
    token = ran.output.removesuffix("\n")
    assert not set(token) & set(" \n")
    principal = await principal_of(token)
    assert principal.user_id == "ann"
    assert principal.roles == {Role.ADMIN, Role.SERVICE}
    assert principal.expires_at is not None
    remaining = principal.expires_at - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < remaining <= timedelta(days=30)


async def test_without_a_role_the_token_is_a_users_and_lasts_an_hour() -> None:
    principal = await principal_of(attune("token", "--user", "ann").output.strip())
    assert principal.roles == {Role.USER}
    assert principal.expires_at is not None
    assert principal.expires_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_a_configured_secret_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    token = attune("token", "--user", "ann", ATTUNE_TOKEN_SECRET=SECRET).output.strip()
    monkeypatch.setenv("ATTUNE_TOKEN_SECRET", SECRET)
    assert (await principal_of(token)).user_id == "ann"


def test_the_secret_is_kept_in_the_given_data_directory() -> None:
    attune("token", "--user", "ann", "--data-dir", "elsewhere")
    assert Path("elsewhere/token-secret").exists()


@pytest.mark.parametrize(
    "wrong", [("--user", ""), ("--user", " ann"), ("--user", "a" * 129), ("--role", "king"), ("--expires", "1x")]
)
def test_wrong_options_are_refused_by_name(wrong: tuple[str, str]) -> None:
    assert wrong[0] in refusal("token", "--user", "ann", *wrong, code=2)


def test_where_an_issuer_makes_the_tokens_none_is_printed() -> None:
    issuer = {"JWKS_URL": "https://login.test/keys", "TOKEN_ISSUER": "https://login.test", "TOKEN_AUDIENCE": "attune"}
    environment = {f"ATTUNE_{name}": value for name, value in issuer.items()}
    message = refusal("token", "--user", "ann", environment=environment)
    assert "ATTUNE_JWKS_URL is set" in message
