"""Does the short way to a token's claims accept only what PyJWT accepts, with the same claims?"""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.own_tokens import own_claims

SECRET = "k3Jx-9sQ2mVb7Lw0ZpRt5YcN8hGd4Fa1"
CLAIMS: dict[str, Any] = {"sub": "ann", "exp": 1_900_000_000, "roles": ["USER"]}
OPTIONS: Any = {"require": ["exp", "sub"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
# By `openssl dgst -sha256 -hmac`, over the header and the payload as they stand here.
GOLDEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhbm4iLCJleHAiOjE5MDAwMDAwMDAsInJvbGVzIjpbIlVTRVIiXX0."
    "ggweZvCr6hBeZ87D_UV0iPX1o3qe_YjGZ80A-E7EuMI"
)

texts = st.sampled_from(["", "ann", "me", "you", "attune", "é", "\x00"])
values = st.none() | texts | st.integers(-3, 3) | st.lists(texts, max_size=2) | st.booleans()
names = st.sampled_from(["sub", "exp", "iss", "aud", "jti", "nbf", "roles", "more"])
headers = st.sampled_from([None, {"kid": "k"}, {"typ": None}, {"crit": ["b64"], "b64": True}, {"typ": "JOSE"}])
parties = st.sampled_from([None, "", "me", "attune"])


def signed(claims: object, headers: dict[str, Any] | None = None, algorithm: str = "HS256") -> str:
    return jwt.api_jws.encode(json.dumps(claims).encode(), SECRET, algorithm, headers)


def by_pyjwt(token: str, issuer: str | None = None, audience: str | None = None) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, SECRET, algorithms=["HS256"], issuer=issuer, audience=audience, options=OPTIONS
        )
    except jwt.PyJWTError:
        return None
    return claims


def test_a_token_signed_by_other_means_makes_its_claims() -> None:
    assert own_claims(GOLDEN, SECRET, None, None) == CLAIMS


@given(
    st.dictionaries(names, values).map(lambda changes: CLAIMS | changes) | st.just([1]) | texts,
    headers,
    parties,
    parties,
)
def test_what_is_accepted_is_what_pyjwt_accepts(
    claims: object, headers: dict[str, Any] | None, issuer: str | None, audience: str | None
) -> None:
    token = signed(claims, headers)
    found = own_claims(token, SECRET, issuer, audience)
    assert found is None or found == by_pyjwt(token, issuer, audience)


@given(st.integers(0, len(GOLDEN) - 1), st.characters(), st.sampled_from([0, 1]))
def test_a_token_with_one_character_changed_or_added_is_not_accepted(place: int, character: str, kept: int) -> None:
    changed = GOLDEN[:place] + character + GOLDEN[place + 1 - kept :]
    assert changed == GOLDEN or own_claims(changed, SECRET, None, None) is None


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_other_algorithms_are_not_accepted(algorithm: str) -> None:
    secret = 2 * SECRET
    token = jwt.encode(CLAIMS, "" if algorithm == "none" else secret, algorithm)
    assert own_claims(token, secret, None, None) is None


@pytest.mark.parametrize("garbage", ["", ".", "..", "...", "a.b.c", GOLDEN[:-1], "\ud800", GOLDEN + "=", GOLDEN + "."])
def test_garbage_is_not_accepted(garbage: str) -> None:
    assert own_claims(garbage, SECRET, None, None) is None


@pytest.mark.parametrize("spelling", ["{}=", "{}==", "{}\n", "{}!", "{}.", " {}", "{}A"])
def test_a_payload_can_be_written_in_one_way_only(spelling: str) -> None:
    header, payload, _ = GOLDEN.split(".")
    written = f"{header}.{spelling.format(payload)}"
    signature = base64.urlsafe_b64encode(hmac.digest(SECRET.encode(), written.encode(), "sha256")).decode()
    assert own_claims(f"{written}.{signature.rstrip('=')}", SECRET, None, None) is None


def test_a_public_key_is_no_secret() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert own_claims(GOLDEN, pem, None, None) is None
