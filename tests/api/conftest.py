"""Who and what do the API's tests share?"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    TRAITS,
    declare,
    done,
    items,
    now,
    profile_after,
    profile_when,
    save_catalogue,
    save_segment,
    track,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker


@cache
def last_full_hour() -> datetime:
    """The same for the whole run, an hour ago or more. No session of a few minutes from here passes midnight."""
    return now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


def regular_session(days_ago: int) -> list[dict[str, Any]]:
    """Six interactions within five minutes."""
    start = last_full_hour() - timedelta(days=days_ago)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("SESSION_START", {"device": "MOBILE"}),
        ("PAGE_VIEW", {"device": "MOBILE", "section": "reports"}),
        ("FEATURE_USE", {"target": "export"}),
        ("FEATURE_USE", {"target": "chart", "section": "reports"}),
        ("FEATURE_USE", {"target": "share", "section": "home"}),
        ("CONTENT_VIEW", {"target": "article", "tags": ["news"]}),
    ]
    return [
        done(kind, occurredAt=(start + timedelta(minutes=minute)).isoformat(), **fields)
        for minute, (kind, fields) in enumerate(steps)
    ]


def conversion(days_ago: int) -> dict[str, Any]:
    """In the session of that day, its last interaction."""
    at = last_full_hour() - timedelta(days=days_ago) + timedelta(minutes=6)
    return done("CONVERSION", target="purchase", value=12.5, occurredAt=at.isoformat())


@pytest.fixture(scope="session")
async def regular(api: Api) -> Speaker:
    """Seen first 40 days ago with one import, then in one session a day from 11 to 2 days ago: 63 interactions, 11
    sessions, 2 conversions worth 25 in all, three features adopted; and declared as `TRAITS`.
    """
    user = api.as_user(unique("regular"))
    first = done("FEATURE_USE", target="import", device="DESKTOP", occurredAt=(_days_before(40)).isoformat())
    sessions = [interaction for days_ago in range(2, 12) for interaction in regular_session(days_ago)]
    await track(user, first, *sessions, conversion(3), conversion(5))
    await declare(user, traits=TRAITS)
    await profile_after(user, 63)
    return user


@pytest.fixture(scope="session")
async def expert(api: Api) -> Speaker:
    """Twenty days of twenty uses each, of ten features."""
    user = api.as_user(unique("expert"))
    await track(
        user,
        *(
            done("FEATURE_USE", target=f"f{n % 10}", device="DESKTOP", occurredAt=(start + n * _MINUTE).isoformat())
            for start in (_days_before(days) for days in range(1, 21))
            for n in range(20)
        ),
    )
    await profile_after(user, 400)
    return user


@pytest.fixture(scope="session")
async def pro_segment(api: Api, regular: Speaker) -> str:
    """The key of a segment that `regular` is in."""
    key = str((await save_segment(api, {"all": [{"traits": {"plan": "pro"}}, {"traits": {"seats": 12}}]}))["key"])
    await profile_when(regular, lambda profile: key in str(profile["segments"]))
    return key


@pytest.fixture(scope="module")
async def catalogue(api: Api) -> dict[str, Any]:
    """A catalogue with features, navigation, tags, places and parameters; it replaces whatever other modules saved."""
    return await save_catalogue(
        api,
        features=items("export", "chart", "share", "import"),
        navigation=items("home", "reports", "settings", "help"),
        tags=items("news", "sport", "culture"),
        places=items("dashboard", "quiet"),
        parameters=[
            {"key": "limit", "name": "Limit", "default": 3},
            {"key": "banner", "name": "Banner", "default": {}},
        ],
        defaults=[
            {
                "place": "quiet",
                "themeMode": "LIGHT",
                "density": "SPACIOUS",
                "hiddenFeatures": ["share"],
                "navigation": ["help", "home"],
            }
        ],
    )


_MINUTE = timedelta(minutes=1)


def _days_before(days: int) -> datetime:
    return last_full_hour() - timedelta(days=days)
