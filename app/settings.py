"""How is this process of the engine configured, and is that configuration sound?"""

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.cli.durations import parse_duration

PREFIX = "ATTUNE_"
OFF = "off"
LEAST_TRAIN_EVERY = timedelta(minutes=10)
LEAST_REALLOCATE_EVERY = timedelta(minutes=1)
# RFC 7518, section 3.2: an HS256 key has at least the size of the hash.
SECRET_MIN_BYTES = 32
SECRET_MIN_DISTINCT_CHARACTERS = 10
SECRET_FILE = "token-secret"  # noqa: S105 - a file name
PLACEHOLDERS = ("changeme", "change-me", "change_me", "example", "placeholder", "your-secret", "default")
CACHE_KEY_LABEL = b"attune cache keys 1"
LOG_KEY_LABEL = b"attune logs 1"
DATABASE_SCHEMES = ("postgresql://", "postgres://", "postgresql+asyncpg://")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


class SettingsRefused(Exception):
    """The engine must not start like this; one line that names the variable and the reason."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Introspection(StrEnum):
    EVERYBODY = "everybody"
    # Admins, analysts and services.
    TEAM = "team"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Settings(BaseSettings):
    """Everything that may differ between installations, read once from `ATTUNE_*`.

    Build it with `load_settings`, which also checks what the fields mean together.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path(".attune")

    # None for both: PostgreSQL and Redis are embedded, unless `embedded` says otherwise.
    database_url: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    embedded: bool | None = None
    database_pool_size: int = Field(default=10, ge=1, le=100)

    token_secret: SecretStr | None = None
    jwks_url: str | None = None
    token_issuer: str | None = None
    token_audience: str | None = None
    # With these people sign in to the console at an identity provider; without, they paste a token.
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    # With JWKS there is no shared secret to derive the key of cached user ids from.
    cache_key_secret: SecretStr | None = None

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    workers: int = Field(default=1, ge=1, le=64)
    # Comma-separated; browsers of other origins are refused.
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()

    # A manifest of the application's operations: users and anonymous callers get no others answered.
    trusted_documents: Path | None = None
    # Who may ask for the schema; None: everybody in development, otherwise the team.
    introspection: Introspection | None = None

    log_format: LogFormat = LogFormat.CONSOLE
    log_level: LogLevel = LogLevel.INFO

    # Interactions that happened earlier are refused; None: none are, so that old logs can be replayed.
    retention_days: int | None = Field(default=None, ge=1, le=36_500)

    # How often models are trained anew; None (`off`): only when `attune train` is called.
    train_every: timedelta | None = timedelta(days=1)
    # History was imported: take each interaction as received when it occurred, in scheduled training too.
    train_received_as_occurred: bool = False

    # How often bandits change what new users get; None (`off`): they keep their allocation.
    reallocate_every: timedelta | None = timedelta(minutes=10)

    # Fold what users did inside the server; None: only with embedded servers, otherwise `attune worker` does.
    worker_in_server: bool | None = None

    @property
    def retention(self) -> timedelta | None:
        return None if self.retention_days is None else timedelta(days=self.retention_days)

    @property
    def is_schema_open(self) -> bool:
        asked = Introspection.EVERYBODY if self.environment is Environment.DEVELOPMENT else Introspection.TEAM
        return (self.introspection or asked) is Introspection.EVERYBODY

    @property
    def folds_in_server(self) -> bool:
        return self.uses_embedded_servers if self.worker_in_server is None else self.worker_in_server

    @property
    def uses_embedded_servers(self) -> bool:
        return self.database_url is None if self.embedded is None else self.embedded

    @field_validator("database_url")
    @classmethod
    def _normalise_database_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        scheme = next((scheme for scheme in DATABASE_SCHEMES if url.startswith(scheme)), None)
        if scheme is None:
            raise ValueError(f"must begin with one of {', '.join(DATABASE_SCHEMES)}")
        return f"postgresql+asyncpg://{url.removeprefix(scheme)}"

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(REDIS_SCHEMES):
            raise ValueError(f"must begin with one of {', '.join(REDIS_SCHEMES)}")
        return url

    @field_validator("jwks_url")
    @classmethod
    def _check_jwks_url(cls, url: str | None) -> str | None:
        if url is not None and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise ValueError("must be an http or https URL")
        return url

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())

    @field_validator("train_every", mode="before")
    @classmethod
    def _read_train_every(cls, value: object) -> object:
        return _duration_or_off(value, LEAST_TRAIN_EVERY)

    @field_validator("reallocate_every", mode="before")
    @classmethod
    def _read_reallocate_every(cls, value: object) -> object:
        return _duration_or_off(value, LEAST_REALLOCATE_EVERY)

    @field_validator("log_level", mode="before")
    @classmethod
    def _accept_any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    def replaced(self, **changes: Any) -> Self:
        """Return a copy with `changes`, unchecked: for values the composition found out itself."""
        return self.model_copy(update=changes)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; `overrides` (field names) win, None means not given.

    Raises:
        SettingsRefused: a value is malformed, or the values do not make a sound engine together.

    """
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        variable = f"{PREFIX}{str(first['loc'][0]).upper()}" if first["loc"] else PREFIX
        raise SettingsRefused(f"{variable}: {first['msg'].removeprefix('Value error, ')}") from None
    _refuse_half_embedded(settings)
    _refuse_unsound_identity(settings)
    if settings.environment is Environment.PRODUCTION:
        _refuse_unsafe_production(settings)
    return settings


def _refuse_half_embedded(settings: Settings) -> None:
    given = [settings.database_url is not None, settings.redis_url is not None]
    if settings.embedded is None and any(given) and not all(given):
        missing, present = ("REDIS_URL", "DATABASE_URL") if given[0] else ("DATABASE_URL", "REDIS_URL")
        raise SettingsRefused(f"{PREFIX}{missing} is missing although {PREFIX}{present} is set: set both, or none")
    if settings.embedded is True and any(given):
        present = "DATABASE_URL" if given[0] else "REDIS_URL"
        raise SettingsRefused(f"{PREFIX}{present} is set although embedded servers were asked for: unset it")
    if settings.embedded is False and not all(given):
        missing = "REDIS_URL" if given[0] else "DATABASE_URL"
        raise SettingsRefused(f"{PREFIX}{missing} is missing: without embedded servers the engine needs both URLs")


def _refuse_unsound_identity(settings: Settings) -> None:
    if settings.token_secret is not None and settings.jwks_url is not None:
        raise SettingsRefused(f"{PREFIX}TOKEN_SECRET and {PREFIX}JWKS_URL are both set: tokens have one authority")
    if (settings.oidc_issuer is None) != (settings.oidc_client_id is None):
        raise SettingsRefused(f"{PREFIX}OIDC_ISSUER and {PREFIX}OIDC_CLIENT_ID are set both or not at all")
    if settings.oidc_issuer is not None and settings.jwks_url is None:
        raise SettingsRefused(f"{PREFIX}JWKS_URL is missing: tokens of {PREFIX}OIDC_ISSUER are verified with its keys")
    if settings.jwks_url is not None:
        for name in ("token_issuer", "token_audience"):
            if getattr(settings, name) is None:
                raise SettingsRefused(f"{PREFIX}{name.upper()} is missing: {PREFIX}JWKS_URL needs it")
    for name in ("token_secret", "cache_key_secret"):
        secret: SecretStr | None = getattr(settings, name)
        if secret is not None and len(secret.get_secret_value().encode()) < SECRET_MIN_BYTES:
            raise SettingsRefused(f"{PREFIX}{name.upper()} is shorter than {SECRET_MIN_BYTES} bytes")


def _refuse_unsafe_production(settings: Settings) -> None:
    if settings.token_secret is None and settings.jwks_url is None:
        raise SettingsRefused(f"{PREFIX}TOKEN_SECRET is missing: production needs it, or {PREFIX}JWKS_URL")
    if settings.jwks_url is not None and settings.cache_key_secret is None:
        raise SettingsRefused(f"{PREFIX}CACHE_KEY_SECRET is missing: with {PREFIX}JWKS_URL all processes must share it")
    if settings.jwks_url is not None and urlsplit(settings.jwks_url).scheme != "https":
        raise SettingsRefused(f"{PREFIX}JWKS_URL must be https in production")
    if settings.oidc_issuer is not None and urlsplit(settings.oidc_issuer).scheme != "https":
        raise SettingsRefused(f"{PREFIX}OIDC_ISSUER must be https in production")
    for name in ("token_secret", "cache_key_secret"):
        secret: SecretStr | None = getattr(settings, name)
        if secret is not None and _looks_like_a_default(secret.get_secret_value()):
            remedy = "make one with `openssl rand -base64 48`"
            raise SettingsRefused(f"{PREFIX}{name.upper()} looks like a default: {remedy}")


def _looks_like_a_default(secret: str) -> bool:
    too_uniform = len(set(secret)) < SECRET_MIN_DISTINCT_CHARACTERS
    return too_uniform or any(placeholder in secret.lower() for placeholder in PLACEHOLDERS)


def signing_secret(settings: Settings) -> str:
    """Return the HS256 secret: the configured one or, in development, the one kept in the data directory."""
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value()
    return token_secret(settings.data_dir)


def cache_key_secret(settings: Settings) -> bytes:
    """Return the 32-byte key that hides user ids in cache keys."""
    return _hiding_key(settings, CACHE_KEY_LABEL)


def log_key(settings: Settings) -> bytes:
    """Return the 32-byte key that hides user ids in logs: the same one for all processes, now and after a restart."""
    return _hiding_key(settings, LOG_KEY_LABEL)


def _hiding_key(settings: Settings, label: bytes) -> bytes:
    """One HKDF-style expansion (RFC 5869): what it hid tells nothing about the secret that signs tokens."""
    chosen = settings.cache_key_secret
    secret = signing_secret(settings) if chosen is None else chosen.get_secret_value()
    return hmac.digest(secret.encode(), label, hashlib.sha256)


def token_secret(data_dir: Path) -> str:
    """Return the secret kept in `data_dir`, generating it once; processes that race agree on one.

    Raises:
        SettingsRefused: the file cannot be read or is too short.

    """
    file = data_dir / SECRET_FILE
    try:
        if not file.exists():
            _create_secret(file)
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{file} cannot be read ({type(error).__name__}): set {PREFIX}TOKEN_SECRET") from error
    if len(secret) < SECRET_MIN_BYTES:
        raise SettingsRefused(f"{file} is shorter than {SECRET_MIN_BYTES} bytes: remove it to have a new one made")
    return secret


def _create_secret(file: Path) -> None:
    """Write the whole secret aside, then link it to its name: the first process wins, none sees a half."""
    file.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(prefix=f"{SECRET_FILE}.", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as target:
            target.write(secrets.token_urlsafe(48) + "\n")
            target.flush()
            os.fsync(target.fileno())
        try:
            os.link(aside, file)
        except FileExistsError:
            return
    finally:
        Path(aside).unlink()


def _duration_or_off(value: object, least: timedelta) -> object:
    if not isinstance(value, str):
        return value
    if value.strip().lower() == OFF:
        return None
    every = parse_duration(value)
    if every < least:
        raise ValueError(f"must be {OFF}, or at least {least // timedelta(minutes=1)}m")
    return every
