"""Which tokens count, as whom, and until when?"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from app.authentication import (
    KEY_SET_FRESH,
    KEY_SET_KEPT,
    KEY_SET_MIN_INTERVAL,
    REMEMBERED_TOKENS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    PublishedKeys,
    SharedKey,
    TokenIssuer,
    TokenRefused,
    TokenVerifier,
)
from domain.model.principals import Principal, Role
from domain.model.users import UserId

SECRET = "k3Jx-9sQ2mVb7Lw0ZpRt5YcN8hGd4Fa1"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = UserId("ann")
RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


class SettableClock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Issuer:
    """A key set that can be rotated and unplugged, and counts how often it is fetched."""

    def __init__(self) -> None:
        self.keys = {"r1": json.loads(RSAAlgorithm.to_jwk(RSA_KEY.public_key())) | {"kid": "r1", "use": "sig"}}
        self.keys["e1"] = json.loads(ECAlgorithm.to_jwk(EC_KEY.public_key())) | {"kid": "e1"}
        self.answers = True
        self.fetches = 0

    async def __call__(self) -> Mapping[str, Any]:
        self.fetches += 1
        if not self.answers:
            raise httpx2.ConnectError("unplugged")
        return {"keys": list(self.keys.values())}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def shared(clock: SettableClock) -> TokenVerifier:
    return TokenVerifier(SharedKey(SECRET), None, None, clock)


@pytest.fixture
def published(clock: SettableClock, issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(PublishedKeys(issuer, clock), "https://login.test", "attune", clock)


def claims(**changes: object) -> dict[str, Any]:
    return {"sub": "ann", "exp": int((NOON + HOUR).timestamp()), **changes}


def signed(key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    body = {name: value for name, value in claims(**changes).items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def published_token(key: Any = RSA_KEY, algorithm: str = "RS256", kid: str | None = "r1", **changes: Any) -> str:
    return signed(key, algorithm, kid, **{"iss": "https://login.test", "aud": "attune", **changes})


async def refusal(verifier: TokenVerifier, token: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        await verifier.verify(token)
    assert token not in str(refused.value)
    return refused.value


async def test_an_issued_token_makes_its_principal(shared: TokenVerifier) -> None:
    token = TokenIssuer(SECRET).issue(ANN, [Role.ADMIN, Role.SERVICE], HOUR, NOON)
    assert await shared.verify(token) == Principal(ANN, frozenset({Role.ADMIN, Role.SERVICE}), NOON + HOUR)


async def test_an_issuer_and_audience_of_ones_own_are_written_and_checked(clock: SettableClock) -> None:
    verifier = TokenVerifier(SharedKey(SECRET), "me", "attune", clock)
    token = TokenIssuer(SECRET, "me", "attune").issue(ANN, [Role.USER], HOUR, NOON)
    assert (await verifier.verify(token)).user_id == ANN
    foreign = TokenIssuer(SECRET, "you", "attune").issue(ANN, [Role.USER], HOUR, NOON)
    assert "issuer" in (await refusal(verifier, foreign)).message


async def test_a_token_without_roles_is_a_users(shared: TokenVerifier) -> None:
    assert (await shared.verify(signed())).roles == {Role.USER}


@pytest.mark.parametrize(
    ("listed", "has"),
    [
        (["offline_access", "analyst"], {Role.ANALYST}),
        (["root"], {Role.USER}),
        (["ADMIN", "admin "], {Role.USER}),
        ([], {Role.USER}),
    ],
)
async def test_roles_of_other_applications_give_nothing_here(
    shared: TokenVerifier, listed: list[str], has: set[Role]
) -> None:
    roles = (await shared.verify(signed(roles=listed))).roles
    assert roles == has
    assert all(isinstance(role, Role) for role in roles)


async def test_a_token_ends_at_the_instant_it_names_even_if_remembered(
    shared: TokenVerifier, clock: SettableClock
) -> None:
    token = signed()
    await shared.verify(token)
    clock.now = NOON + HOUR - timedelta(microseconds=1)
    await shared.verify(token)
    clock.now = NOON + HOUR
    assert (await refusal(shared, token)).message == "token expired"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp is not a number"),
        ({"exp": 1e300}, "exp"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 129}, "sub"),
        ({"roles": "admin"}, "roles"),
        ({"roles": ["admin", 1]}, "roles"),
        ({"roles": [["admin"]]}, "roles"),
        ({"nbf": int((NOON + HOUR).timestamp())}, "not valid yet"),
        ({"nbf": True}, "nbf"),
        ({"aud": "somebody else"}, "audience"),
    ],
)
async def test_a_token_with_bad_claims_is_refused_by_name(
    shared: TokenVerifier, changes: dict[str, Any], reason: str
) -> None:
    refused = await refusal(shared, signed(**changes))
    assert refused.code == UNAUTHENTICATED
    assert reason in refused.message


@pytest.mark.parametrize(
    "garbage", ["", "x", "a.b.c", "e30.e30.", "\x00", "é.é.é", "x" * 10_000, "eyJhbGciOiJIUzI1NiJ9.W10.x"]
)
async def test_garbage_is_refused(shared: TokenVerifier, garbage: str) -> None:
    with pytest.raises(TokenRefused):
        await shared.verify(garbage)


async def test_a_forged_signature_is_refused(shared: TokenVerifier) -> None:
    assert "signature" in (await refusal(shared, signed("another-secret-of-thirty-two-bytes!"))).message


async def test_an_unsigned_token_is_refused(shared: TokenVerifier) -> None:
    assert "algorithm" in (await refusal(shared, jwt.encode(claims(), "", algorithm="none"))).message


async def test_remembered_tokens_are_limited(shared: TokenVerifier) -> None:
    first = signed()
    await shared.verify(first)
    for number in range(REMEMBERED_TOKENS):
        await shared.verify(signed(jti=str(number)))
    assert len(shared._remembered) == REMEMBERED_TOKENS
    assert first not in shared._remembered


async def test_published_keys_of_both_kinds_verify_and_are_fetched_once(
    published: TokenVerifier, issuer: Issuer
) -> None:
    await published.verify(published_token())
    await published.verify(published_token(EC_KEY, "ES256", "e1"))
    assert issuer.fetches == 1


async def test_a_public_key_is_no_shared_secret(published: TokenVerifier, issuer: Issuer) -> None:
    del issuer
    forged = published_token("the public key, known to all of us", "HS256", "r1")
    assert "algorithm" in (await refusal(published, forged)).message


@pytest.mark.parametrize("changes", [{"iss": "https://evil.test"}, {"aud": "other"}, {"iss": None}, {"aud": None}])
async def test_a_token_of_another_issuer_or_for_another_audience_is_refused(
    published: TokenVerifier, changes: dict[str, Any]
) -> None:
    assert (await refusal(published, published_token(**changes))).code == UNAUTHENTICATED


async def test_a_token_without_key_id_is_refused(published: TokenVerifier) -> None:
    assert "kid" in (await refusal(published, published_token(kid=None))).message


async def test_unknown_keys_do_not_make_the_engine_hammer_the_issuer(published: TokenVerifier, issuer: Issuer) -> None:
    for number in range(20):
        assert (await refusal(published, published_token(kid=f"x{number}"))).code == UNAUTHENTICATED
    assert issuer.fetches == 1


async def test_a_new_key_is_found_soon(published: TokenVerifier, issuer: Issuer, clock: SettableClock) -> None:
    await published.verify(published_token())
    issuer.keys["r2"] = issuer.keys["r1"] | {"kid": "r2"}
    clock.now += KEY_SET_MIN_INTERVAL
    assert (await published.verify(published_token(kid="r2"))).user_id == ANN


async def test_a_withdrawn_key_stops_counting(published: TokenVerifier, issuer: Issuer, clock: SettableClock) -> None:
    token = published_token()
    await published.verify(token)
    del issuer.keys["r1"]
    clock.now += KEY_SET_FRESH
    assert "unknown key" in (await refusal(published, token)).message


async def test_an_unreachable_issuer_is_a_reason_to_try_again(published: TokenVerifier, issuer: Issuer) -> None:
    issuer.answers = False
    assert (await refusal(published, published_token())).code == UNAVAILABLE


async def test_known_keys_outlive_an_outage_of_the_issuer_for_a_day(
    published: TokenVerifier, issuer: Issuer, clock: SettableClock
) -> None:
    token = published_token(exp=int((NOON + timedelta(days=9)).timestamp()))
    await published.verify(token)
    issuer.answers = False
    clock.now += KEY_SET_KEPT - timedelta(seconds=1)
    assert (await published.verify(token)).user_id == ANN
    clock.now += timedelta(minutes=2)
    assert (await refusal(published, token)).code == UNAVAILABLE
