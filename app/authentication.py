"""Who sent this token, and may it still be used?"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx2
import jwt

from app.own_tokens import own_claims
from app.settings import Settings, signing_secret
from domain.model.principals import Principal, Role
from domain.model.users import UserId, is_user_id

UNAUTHENTICATED = "UNAUTHENTICATED"
UNAVAILABLE = "UNAVAILABLE"
TOKEN_LIMIT_CHARACTERS = 8_192
REMEMBERED_TOKENS = 4_096
# A key withdrawn by the issuer stops counting at the latest after this time.
REMEMBER_SECONDS = 60
CLOCK_SKEW = timedelta(seconds=30)
KEY_SET_FRESH = timedelta(minutes=5)
KEY_SET_KEPT = timedelta(days=1)
# Tokens naming unknown keys must not turn the engine into a load generator against the issuer.
KEY_SET_MIN_INTERVAL = timedelta(seconds=10)
KEY_SET_LIMIT_BYTES = 1_048_576
KEY_SET_TIMEOUT_SECONDS = 5.0
SHARED_ALGORITHM = "HS256"
PUBLISHED_ALGORITHMS = frozenset({"RS256", "ES256"})

Clock = Callable[[], datetime]
FetchKeySet = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenRefused(Exception):
    """The token does not count: `code` is UNAUTHENTICATED, or UNAVAILABLE when trying again may help."""

    def __init__(self, message: str, code: str = UNAUTHENTICATED) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key and the one algorithm it may be used with, so that a token cannot choose (RFC 8725, 3.1)."""

    key: Any
    algorithm: str


class KeySource(Protocol):
    async def key_for(self, token: str) -> VerificationKey:
        """Return the key to verify with; TokenRefused if there is none or it cannot be had now.

        Raises PyJWTError where a key has to be named and the token cannot even be read.
        """
        ...

    def claims_of(self, token: str, issuer: str | None, audience: str | None) -> Mapping[str, Any] | None:
        """Return the verified claims if that can be told at once; `None`: not that they do not count."""
        ...


@dataclass(frozen=True, slots=True)
class SharedKey:
    """The secret that this engine signs and verifies with."""

    secret: str = field(repr=False)

    async def key_for(self, token: str) -> VerificationKey:
        del token  # there is only one key; reading what it names would take as long as verifying it
        return VerificationKey(self.secret, SHARED_ALGORITHM)

    def claims_of(self, token: str, issuer: str | None, audience: str | None) -> Mapping[str, Any] | None:
        return own_claims(token, self.secret, issuer, audience)


@dataclass(slots=True)
class PublishedKeys:
    """The issuer's key set (RFC 7517), fetched when needed and kept for `KEY_SET_FRESH`.

    While the issuer does not answer, keys known already go on counting for `KEY_SET_KEPT`.
    """

    fetch: FetchKeySet
    clock: Clock
    _keys: dict[str, VerificationKey] = field(default_factory=dict, init=False)
    _fetched_at: datetime | None = field(default=None, init=False)
    _attempted_at: datetime | None = field(default=None, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def key_for(self, token: str) -> VerificationKey:
        key_id = jwt.get_unverified_header(token).get("kid")
        if key_id is None:
            raise TokenRefused("the token does not name its key (kid)")
        if not self._knows(key_id, KEY_SET_FRESH):
            await self._refresh_if_due(known_is_enough=self._knows(key_id, KEY_SET_KEPT))
        if self._knows(key_id, KEY_SET_KEPT):
            return self._keys[key_id]
        if self._fetched_at is None or self._fetched_at != self._attempted_at:
            raise TokenRefused("the issuer's keys cannot be fetched now; try again", UNAVAILABLE)
        raise TokenRefused("the token was signed with an unknown key")

    def claims_of(self, token: str, issuer: str | None, audience: str | None) -> None:
        """Published keys are asymmetric: verifying takes so long that nothing else counts."""

    def _knows(self, key_id: str, within: timedelta) -> bool:
        return key_id in self._keys and not self._is_older_than(within, self._fetched_at)

    async def _refresh_if_due(self, *, known_is_enough: bool) -> None:
        if known_is_enough and self._one_at_a_time.locked():
            return  # an issuer that is slow to answer must not hold up who is known
        async with self._one_at_a_time:
            if self._is_older_than(KEY_SET_MIN_INTERVAL, self._attempted_at):
                await self._refresh()

    async def _refresh(self) -> None:
        self._attempted_at = self.clock()
        try:
            self._keys = _usable_keys(await self.fetch())
        except (httpx2.HTTPError, ValueError, jwt.PyJWTError):
            return
        self._fetched_at = self._attempted_at

    def _is_older_than(self, age: timedelta, instant: datetime | None) -> bool:
        return instant is None or self.clock() - instant >= age


def _usable_keys(key_set: Mapping[str, Any]) -> dict[str, VerificationKey]:
    published = jwt.PyJWKSet.from_dict(dict(key_set)).keys
    return {
        key.key_id: VerificationKey(key.key, key.algorithm_name)
        for key in published
        if key.key_id and key.algorithm_name in PUBLISHED_ALGORITHMS and key.public_key_use in {None, "sig"}
    }


def fetch_over_http(url: str) -> FetchKeySet:
    """Return a fetch of the key set at `url`; it raises httpx2.HTTPError or ValueError."""

    async def fetch() -> Mapping[str, Any]:
        async with httpx2.AsyncClient(timeout=KEY_SET_TIMEOUT_SECONDS) as client:
            answer = (await client.get(url)).raise_for_status()
        if len(answer.content) > KEY_SET_LIMIT_BYTES:
            raise ValueError("the key set is too large")
        key_set = answer.json()
        if not isinstance(key_set, dict):
            raise ValueError("the key set is not an object")  # noqa: TRY004 - malformed data, not a programming error
        return key_set

    return fetch


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Turns a bearer token into its principal; remembers what it verified, up to `REMEMBERED_TOKENS`."""

    keys: KeySource
    issuer: str | None
    audience: str | None
    clock: Clock
    _remembered: OrderedDict[str, tuple[datetime, Principal]] = field(default_factory=OrderedDict, repr=False)

    async def verify(self, token: str) -> Principal:
        """Return the principal of a compact JWT (RFC 7519).

        Raises:
            TokenRefused: malformed, forged, expired, or without a valid `sub`, `exp` or role.

        """
        if (principal := self.recall(token)) is not None:
            return principal
        now = self.clock()
        principal = _principal(await self._claims(token), now)
        self._remember(token, principal, now)
        return principal

    async def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > TOKEN_LIMIT_CHARACTERS:
            raise TokenRefused(f"the token is longer than {TOKEN_LIMIT_CHARACTERS} characters")
        if (claims := self.keys.claims_of(token, self.issuer, self.audience)) is not None:
            return claims
        try:
            verification = await self.keys.key_for(token)
            decoded: dict[str, Any] = jwt.decode(
                token,
                verification.key,
                algorithms=[verification.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                # PyJWT reads the system's clock; ours is injected, see _principal.
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(f"the token is not valid: {_reason(error)}") from None
        return decoded

    def recall(self, token: str) -> Principal | None:
        """The principal of a token that was verified lately and still counts."""
        known = self._remembered.get(token)
        if known is None:
            return None
        until, principal = known
        if self.clock() < until:
            return principal
        del self._remembered[token]
        return None

    def _remember(self, token: str, principal: Principal, now: datetime) -> None:
        if principal.expires_at is None:
            return
        self._remembered[token] = (min(principal.expires_at, now + timedelta(seconds=REMEMBER_SECONDS)), principal)
        if len(self._remembered) > REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)


def _reason(error: jwt.PyJWTError) -> str:
    """Name the kind of defect only: messages of the library may quote the token."""
    return {
        jwt.InvalidSignatureError: "wrong signature",
        jwt.InvalidAlgorithmError: "wrong algorithm",
        jwt.InvalidIssuerError: "wrong issuer",
        jwt.InvalidAudienceError: "wrong audience",
        jwt.MissingRequiredClaimError: str(error),
    }.get(type(error), "malformed")


def _principal(claims: Mapping[str, Any], now: datetime) -> Principal:
    expires_at = _instant(claims, "exp")
    if now >= expires_at:
        raise TokenRefused("token expired")
    if "nbf" in claims and now + CLOCK_SKEW < _instant(claims, "nbf"):
        raise TokenRefused("the token is not valid yet")
    subject = claims["sub"]
    if not isinstance(subject, str) or not is_user_id(subject):
        raise TokenRefused("the token's sub is not a user id")
    return Principal(UserId(subject), _roles(claims.get("roles", [Role.USER])), expires_at)


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenRefused(f"the token's {name} is not a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenRefused(f"the token's {name} is out of range") from None


def _roles(value: object) -> frozenset[Role]:
    """Providers list roles of other applications, too: those give nothing here. Who has none of ours is a user."""
    if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
        raise TokenRefused("the token's roles are not a list of roles")
    return frozenset(role for role in Role if role in value) or frozenset({Role.USER})


def token_verifier(settings: Settings, clock: Clock) -> TokenVerifier:
    """Return the verifier that `settings` asks for."""
    keys: KeySource = (
        SharedKey(signing_secret(settings))
        if settings.jwks_url is None
        else PublishedKeys(fetch_over_http(settings.jwks_url), clock)
    )
    return TokenVerifier(keys, settings.token_issuer, settings.token_audience, clock)


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Signs tokens that the engine with the same secret, issuer and audience accepts."""

    secret: str = field(repr=False)
    issuer: str | None = None
    audience: str | None = None

    def issue(self, user_id: UserId, roles: Iterable[Role], expires_in: timedelta, now: datetime) -> str:
        """Return a compact JWT for `user_id`, valid from `now` for `expires_in`."""
        claims: dict[str, Any] = {
            "sub": user_id,
            "roles": sorted(roles),
            "iat": int(now.timestamp()),
            "exp": int((now + expires_in).timestamp()),
        }
        optional = {"iss": self.issuer, "aud": self.audience}
        claims |= {name: value for name, value in optional.items() if value is not None}
        return jwt.encode(claims, self.secret, algorithm=SHARED_ALGORITHM)
