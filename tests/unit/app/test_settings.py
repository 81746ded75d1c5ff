"""Which configurations start an engine, and which are refused with what reason?"""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.settings import (
    SECRET_FILE,
    LogFormat,
    LogLevel,
    Settings,
    SettingsRefused,
    cache_key_secret,
    load_settings,
    log_key,
    signing_secret,
    token_secret,
)

GOOD_SECRET = "k3Jx-9sQ2mVb7Lw0ZpRt5YcN8hGd4Fa1"
JWKS = {"jwks_url": "https://login.test/keys", "token_issuer": "https://login.test", "token_audience": "attune"}


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415 - only this fixture reads the environment

    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        monkeypatch.delenv(name)


def refusal(**values: object) -> str:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(**values)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_nothing_configured_means_development_with_embedded_servers() -> None:
    settings = load_settings()
    assert settings.uses_embedded_servers
    assert settings.data_dir == Path(".attune")
    assert (settings.log_format, settings.log_level) == (LogFormat.CONSOLE, LogLevel.INFO)


def test_the_environment_configures_by_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_PORT", "9000")
    monkeypatch.setenv("ATTUNE_LOG_LEVEL", "debug")
    monkeypatch.setenv("ATTUNE_ALLOWED_ORIGINS", "https://a.test/, https://b.test")
    settings = load_settings(port=None)
    assert (settings.port, settings.log_level) == (9000, LogLevel.DEBUG)
    assert settings.allowed_origins == ("https://a.test", "https://b.test")


@pytest.mark.parametrize(
    ("written", "every"), [("off", None), ("OFF", None), ("12h", timedelta(hours=12)), ("10m", timedelta(minutes=10))]
)
def test_how_often_models_are_trained_is_a_duration_or_off(
    monkeypatch: pytest.MonkeyPatch, written: str, every: timedelta | None
) -> None:
    monkeypatch.setenv("ATTUNE_TRAIN_EVERY", written)
    assert load_settings().train_every == every


@pytest.mark.parametrize(
    ("written", "every"), [("off", None), ("1m", timedelta(minutes=1)), ("1h", timedelta(hours=1))]
)
def test_how_often_bandits_reallocate_is_a_duration_or_off(
    monkeypatch: pytest.MonkeyPatch, written: str, every: timedelta | None
) -> None:
    monkeypatch.setenv("ATTUNE_REALLOCATE_EVERY", written)
    assert load_settings().reallocate_every == every
    assert refusal(reallocate_every="59s").startswith("ATTUNE_REALLOCATE_EVERY: ")


@pytest.mark.parametrize("written", ["9m", "daily", "0s", "-1h"])
def test_training_all_the_time_is_refused(written: str) -> None:
    assert refusal(train_every=written).startswith("ATTUNE_TRAIN_EVERY: ")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "")
    assert load_settings().database_url is None


def test_an_option_of_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_PORT", "9000")
    assert load_settings(port=9001).port == 9001


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_usual_spelling_of_a_database_url_is_normalised(scheme: str) -> None:
    settings = load_settings(database_url=f"{scheme}://a:b@db/attune", redis_url="redis://cache")
    assert settings.database_url == "postgresql+asyncpg://a:b@db/attune"
    assert not settings.uses_embedded_servers


def test_settings_do_not_show_secrets_when_printed() -> None:
    settings = load_settings(
        database_url="postgres://a:hush@db/x", redis_url="redis://:hush@c", token_secret=GOOD_SECRET
    )
    assert "hush" not in repr(settings)
    assert GOOD_SECRET not in repr(settings)


def test_a_malformed_value_is_refused_by_the_name_of_its_variable() -> None:
    assert refusal(port=0).startswith("ATTUNE_PORT: ")
    assert refusal(database_url="mysql://secret@db").startswith("ATTUNE_DATABASE_URL: must begin with")
    assert "secret" not in refusal(database_url="mysql://secret@db")
    assert refusal(redis_url="http://c", database_url="postgres://d").startswith("ATTUNE_REDIS_URL: ")
    assert refusal(jwks_url="login.test/keys").startswith("ATTUNE_JWKS_URL: ")


def test_one_url_without_the_other_is_refused() -> None:
    assert "ATTUNE_REDIS_URL is missing" in refusal(database_url="postgres://db/x")
    assert "ATTUNE_DATABASE_URL is missing" in refusal(redis_url="redis://cache")


def test_without_embedded_servers_both_urls_are_needed() -> None:
    assert "ATTUNE_DATABASE_URL is missing" in refusal(embedded=False)
    assert "ATTUNE_REDIS_URL is missing" in refusal(embedded=False, database_url="postgres://db/x")


def test_embedded_servers_contradict_a_url() -> None:
    assert "ATTUNE_REDIS_URL is set although" in refusal(embedded=True, redis_url="redis://cache")


def test_tokens_have_one_authority() -> None:
    assert "both set" in refusal(token_secret=GOOD_SECRET, **JWKS)


@pytest.mark.parametrize("missing", ["token_issuer", "token_audience"])
def test_published_keys_need_issuer_and_audience(missing: str) -> None:
    assert f"ATTUNE_{missing.upper()} is missing" in refusal(**{**JWKS, missing: None})


def test_a_short_secret_is_refused_everywhere() -> None:
    assert "ATTUNE_TOKEN_SECRET is shorter than 32 bytes" in refusal(token_secret="x" * 31)


def test_production_without_a_secret_is_refused() -> None:
    assert "ATTUNE_TOKEN_SECRET is missing" in refusal(environment="production")


@pytest.mark.parametrize(
    "default", ["a" * 64, "please-changeme-please-1234567890-abcdef", "this-is-an-EXAMPLE-secret-1234567890"]
)
def test_production_with_a_default_secret_is_refused(default: str) -> None:
    assert "ATTUNE_TOKEN_SECRET looks like a default" in refusal(environment="production", token_secret=default)


def test_production_with_a_real_secret_starts() -> None:
    settings = load_settings(environment="production", token_secret=GOOD_SECRET)
    assert signing_secret(settings) == GOOD_SECRET


def test_production_with_published_keys_needs_https_and_a_shared_cache_key() -> None:
    production = {**JWKS, "environment": "production"}
    assert "ATTUNE_CACHE_KEY_SECRET is missing" in refusal(**production)
    plain = {**production, "cache_key_secret": GOOD_SECRET, "jwks_url": "http://login.test/keys"}
    assert "https" in refusal(**plain)
    assert load_settings(**production, cache_key_secret=GOOD_SECRET).jwks_url == JWKS["jwks_url"]


def test_the_generated_secret_stays_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    secret = token_secret(tmp_path / "data")
    assert token_secret(tmp_path / "data") == secret
    assert stat.S_IMODE((tmp_path / "data" / SECRET_FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == [SECRET_FILE]


def test_racing_starts_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: token_secret(tmp_path), range(64)))
    assert len(secrets) == 1


def test_a_damaged_secret_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text("short\n")
    with pytest.raises(SettingsRefused, match="token-secret is shorter"):
        token_secret(tmp_path)


@pytest.mark.parametrize("key_of", [cache_key_secret, log_key])
def test_keys_that_hide_users_are_stable_and_tell_nothing_about_the_secret(key_of: Callable[[Settings], bytes]) -> None:
    settings = load_settings(token_secret=GOOD_SECRET)
    key = key_of(settings)
    assert key == key_of(load_settings(token_secret=GOOD_SECRET))
    assert key != key_of(load_settings(token_secret=GOOD_SECRET + "x"))
    assert len(key) == 32
    assert cache_key_secret(settings) != log_key(settings)
    assert GOOD_SECRET.encode() not in key


def test_addresses_found_out_later_make_new_settings() -> None:
    settings = load_settings()
    found = settings.replaced(database_url="postgresql+asyncpg:///x", redis_url="unix:///r")
    assert (found.database_url, found.redis_url) == ("postgresql+asyncpg:///x", "unix:///r")
    assert settings.database_url is None


def test_retention_is_unlimited_unless_set_in_days(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = load_settings()
    monkeypatch.setenv("ATTUNE_RETENTION_DAYS", "30")

    assert unlimited.retention is None
    assert load_settings().retention == timedelta(days=30)


@pytest.mark.parametrize(
    ("environment", "introspection", "is_open"),
    [
        ("development", None, True),
        ("production", None, False),
        ("development", "team", False),
        ("production", "everybody", True),
    ],
)
def test_the_schema_is_open_in_development_unless_it_is_said_otherwise(
    environment: str,
    introspection: str | None,
    is_open: bool,  # noqa: FBT001 - a case
) -> None:
    settings = load_settings(environment=environment, introspection=introspection, token_secret=GOOD_SECRET)
    assert settings.is_schema_open is is_open
