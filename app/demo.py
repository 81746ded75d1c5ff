"""What is there to look at after the very first start? A small product, its rules and one user with a past."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from app.wiring import adapters, assemble
from domain.model.adaptations import (
    AddShortcut,
    FilterContent,
    LayoutDensity,
    OrderNavigation,
    RecommendFeature,
    SetDifficulty,
    SetFeature,
    SetLayout,
    SetTheme,
    ThemeMode,
)
from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter, PlaceDefaults
from domain.model.conditions import AllOf, AnyOf, AtLocalTime, Did, FeatureUsed, InSegment, Not, OnDevice
from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.ranges import Range
from domain.model.rules import RuleContent, RuleKey, RuleStatus
from domain.model.schedules import WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import UserId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings
    from app.wiring import Engine

DEMO_USER = UserId("demo")
DEMO_ADMIN = UserId("admin")

CATALOGUE = Catalogue(
    features=(
        CatalogueItem("board", "Board"),
        CatalogueItem("reports", "Reports", SkillLevel.INTERMEDIATE),
        CatalogueItem("export", "Export", SkillLevel.INTERMEDIATE),
        CatalogueItem("automation", "Automation", SkillLevel.ADVANCED),
        CatalogueItem("api_keys", "API keys", SkillLevel.ADVANCED),
        CatalogueItem("tour", "Guided tour", SkillLevel.BEGINNER),
    ),
    navigation=tuple(
        CatalogueItem(key, key.capitalize())
        for key in ("dashboard", "board", "reports", "automation", "team", "settings")
    ),
    tags=(CatalogueItem("basics", "Basics"), CatalogueItem("tips", "Tips"), CatalogueItem("advanced", "Advanced")),
    places=tuple(CatalogueItem(key, key.capitalize()) for key in ("login", "dashboard", "settings", "mobile")),
    parameters=(CatalogueParameter("welcome_text", "Text above the dashboard", "Welcome back"),),
    defaults=(
        PlaceDefaults("dashboard", hidden_features=("api_keys", "automation")),
        PlaceDefaults("mobile", density=LayoutDensity.SPACIOUS, hidden_features=("api_keys", "automation")),
    ),
)

FINISHES_TASKS = Did(InteractionKind.CONVERSION, Range(gte=3), days=30, target="task_done")
USES_AUTOMATION = FeatureUsed("automation", Range(gte=1))

# Each kind of behaviour is plain after a few clicks: whoever tries the planner sees it adapt within a minute.
RULES = (
    RuleContent(
        key=RuleKey("newcomers"),
        name="Newcomers start simply",
        description="In the first two weeks: the tour, easy content, nothing advanced.",
        priority=50,
        condition=InSegment((SegmentKey("new_user"),)),
        adaptations=(
            SetFeature("tour", highlighted=True),
            SetDifficulty(SkillLevel.BEGINNER),
            FilterContent(include=("basics",), exclude=("advanced",)),
        ),
    ),
    RuleContent(
        key=RuleKey("power_users"),
        name="Power users get everything within reach",
        priority=60,
        condition=InSegment((SegmentKey("power_user"),)),
        adaptations=(
            SetLayout(LayoutDensity.COMPACT),
            SetFeature("api_keys"),
            SetFeature("automation"),
            SetFeature("tour", visible=False),
            AddShortcut("automation"),
            OrderNavigation(by_usage=True),
            SetDifficulty(SkillLevel.ADVANCED),
        ),
    ),
    RuleContent(
        key=RuleKey("board_first"),
        name="Who works on the board finds it first, with more on it",
        description="After five uses: the board comes first, and as much of it as fits.",
        priority=55,
        condition=FeatureUsed("board", Range(gte=5)),
        adaptations=(
            OrderNavigation(first=("board",)),
            SetLayout(LayoutDensity.COMPACT),
            SetDifficulty(SkillLevel.INTERMEDIATE),
        ),
    ),
    RuleContent(
        key=RuleKey("reports_first"),
        name="Who exports finds the reports first, and the export everywhere",
        description="After three exports: reports come first, with room around figures, and a shortcut exports.",
        priority=56,
        condition=FeatureUsed("export", Range(gte=3)),
        adaptations=(
            OrderNavigation(first=("reports",)),
            AddShortcut("export"),
            SetLayout(LayoutDensity.SPACIOUS),
            SetDifficulty(SkillLevel.INTERMEDIATE),
        ),
    ),
    RuleContent(
        key=RuleKey("automation"),
        name="Automation for those who finish tasks",
        description="It is hidden until three tasks are done, or it has been used.",
        priority=40,
        condition=AnyOf((FINISHES_TASKS, USES_AUTOMATION)),
        adaptations=(SetFeature("automation"),),
    ),
    RuleContent(
        key=RuleKey("discover_automation"),
        name="Point at automation until it is used",
        priority=45,
        condition=AllOf((FINISHES_TASKS, Not(USES_AUTOMATION))),
        adaptations=(SetFeature("automation", highlighted=True), RecommendFeature("automation")),
    ),
    RuleContent(
        key=RuleKey("discover_export"),
        name="Suggest the export to those who read reports",
        priority=5,
        condition=AllOf((FeatureUsed("reports", Range(gte=3)), Not(FeatureUsed("export", Range(gte=1))))),
        adaptations=(RecommendFeature("export"), SetFeature("export", highlighted=True)),
    ),
    RuleContent(
        key=RuleKey("small_screens"),
        name="More room on small screens",
        priority=20,
        condition=OnDevice(frozenset({Device.MOBILE})),
        adaptations=(SetLayout(LayoutDensity.SPACIOUS), OrderNavigation(first=("board",))),
    ),
    RuleContent(
        key=RuleKey("evenings"),
        name="Dark in the evening",
        priority=10,
        condition=AtLocalTime(WeeklyWindow(time(20), time(6))),
        adaptations=(SetTheme(ThemeMode.DARK),),
    ),
    RuleContent(
        key=RuleKey("reports_trial"),
        name="Recommend the reports to half of those who never opened them",
        priority=1,
        condition=AllOf((OnDevice(frozenset({Device.DESKTOP})), Not(FeatureUsed("reports", Range(gte=1))))),
        coverage=0.5,
        adaptations=(RecommendFeature("reports"),),
    ),
)


def seed_demo(settings: Settings) -> None:
    """Fill an engine that has never had a catalogue or a rule; leaves every other one alone."""
    asyncio.run(_seed(settings))


async def _seed(settings: Settings) -> None:
    async with adapters(settings) as parts:
        engine = assemble(parts)
        if await define_demo(engine):
            await _give_a_past(engine)


async def define_demo(engine: Engine) -> bool:
    """The catalogue and the rules, where there never was any; whether that was so."""
    use_cases = engine.use_cases
    async with use_cases.begin() as work:
        stored = await work.rule_sets.load()
    if stored.revision > 0:
        return False
    await use_cases.rules.refresh()
    await use_cases.save_catalogue(CATALOGUE, DEMO_ADMIN)
    for content in RULES:
        rule = await use_cases.create_rule(content, DEMO_ADMIN)
        await use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.ACTIVE, DEMO_ADMIN)
    return True


async def _give_a_past(engine: Engine) -> None:
    await engine.use_cases.track(list(demo_interactions(datetime.now(UTC))))
    await engine.worker.fold_all()


def demo_interactions(now: datetime) -> Iterator[Interaction]:
    """Three weeks of a person who works on the board every day and reads reports every other."""
    for day in range(21, 0, -1):
        start = (now - timedelta(days=day)).replace(hour=9, minute=0, second=0, microsecond=0)
        uses = ["board", "board", "reports"] if day % 2 else ["board", "board", "automation"]
        yield _interaction(InteractionKind.PAGE_VIEW, None, "dashboard", start)
        for number, feature in enumerate(uses, 1):
            yield _interaction(InteractionKind.FEATURE_USE, feature, "board", start + timedelta(minutes=4 * number))
        yield _interaction(InteractionKind.CONTENT_VIEW, "release-notes", "reports", start + timedelta(minutes=20))


def _interaction(kind: InteractionKind, target: str | None, section: str, at: datetime) -> Interaction:
    return Interaction(
        key=InteractionKey(f"demo-{at:%Y%m%d%H%M}"),
        user_id=DEMO_USER,
        kind=kind,
        occurred_at=at,
        target=target,
        section=section,
        tags=("tips",) if kind is InteractionKind.CONTENT_VIEW else (),
        device=Device.DESKTOP,
    )
