"""What does it cost to say what users will do? Each figure beside a floor in the same run: `make bench-insights`."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from app import garbage
from app.training.courses import COURSES
from benchmarks.tables import Figure, machine, show, times
from domain.model.insights import ModelCard, ModelTask, ModelVersion
from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind, RecordedInteraction
from domain.model.profiles import Profile
from domain.model.trained_models import Manifest
from domain.model.users import UserId
from domain.ports.predictors import Subject
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.folding.sessions import with_instants
from domain.rules.instants import microseconds
from domain.rules.profiles import fold_from_scratch
from domain.use_cases.current_models import LoadedModel
from prediction.boosting import LocalBoosting
from prediction.serving.kinds import KINDS
from prediction.serving.predictors import InProcessPredictor
from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION
from prediction.signals.rows import matrix_of, signals_of, signals_of_all
from prediction.training.logs import UserLog
from prediction.training.plans import Plan, every

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prediction.churn.risks import ChurnModel
    from prediction.matrices import Matrix
    from prediction.training.outcomes import Trained

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BEGINNING = NOW - timedelta(days=360)
PLAN = Plan(
    horizon_days=28,
    active_days=56,
    training=every(28, BEGINNING + timedelta(days=84), BEGINNING + timedelta(days=280)),
    test=(NOW - timedelta(days=28),),
)
FEATURES = tuple(f"feature_{number:02}" for number in range(40))
TEAMS = 4
"""Each uses other features, so that what a colleague uses says more than what is popular."""
DAYS_PER_FEATURE = 42
"""Each takes its features up one after another, so that many have one left to take up at the end."""
SECTIONS = ("home", "board", "reports", "people", "billing")

VERSION = ModelVersion("1")
TRAINED_ON = 1_500
RESCORED = 10_000
BUSY_INTERACTIONS = 10_000
ROUNDS = 200


def main() -> None:
    random = Random(1)  # noqa: S311 - invented people, not secrets
    logs = [_log(f"user-{number}", _life(random)) for number in range(TRAINED_ON)]
    models = _trained(logs)
    garbage.settle()  # as every server and worker does at its start
    predictor = InProcessPredictor(models, 1, KINDS)
    subjects = [_subject(log) for log in logs]
    show(
        f"One user, {machine()}",
        [*_one_row(models[ModelTask.CHURN].model, subjects), _recomputed(predictor, _busy(random))],
    )
    show(f"{RESCORED:,} users in one batch, no factors", _rescored(models, subjects))


def _one_row(model: ChurnModel, subjects: Sequence[Subject]) -> list[Figure]:
    """A churn risk from signals that are known, with its factors."""
    rows = matrix_of(signals_of(one.profile.history, one.habits, NOW) for one in subjects[:ROUNDS])
    kind = KINDS[ModelTask.CHURN]
    alone = [rows[number : number + 1] for number in range(len(rows))]

    def with_factors(row: Matrix) -> None:
        model.risks(row)
        kind.explain(model, row)

    floor = _each_ms(lambda row: float(row.sum()), alone)
    return [
        _figure("churn risk of one row", _each_ms(model.risks, alone), "adding up the row", floor),
        _figure("churn risk of one row, with factors", _each_ms(with_factors, alone), "adding up the row", floor),
    ]


def _recomputed(predictor: InProcessPredictor, interactions: Sequence[Interaction]) -> Figure:
    """Everything that a recomputed profile needs, but for reading and writing it."""

    def recompute(_: int) -> None:
        history, habits = fold_from_scratch(interactions), habits_from_scratch(interactions)
        subject = Subject(Profile(UserId("busy"), 1, history), habits)
        (predicted,) = predictor.predict([subject], NOW)
        predictor.factors(ModelTask.CHURN, VERSION, [predicted.signals])

    def sessions(_: int) -> None:
        with_instants((), sorted(microseconds(one.occurred_at) for one in interactions))

    name = f"profile of {BUSY_INTERACTIONS:,} interactions: fold, signals, all models, factors"
    return _figure(name, _each_ms(recompute, range(ROUNDS)), "only making sessions", _each_ms(sessions, range(ROUNDS)))


def _rescored(models: Mapping[ModelTask, LoadedModel], subjects: Sequence[Subject]) -> list[Figure]:
    crowd = [subjects[number % len(subjects)] for number in range(RESCORED)]
    histories, habits = [one.profile.history for one in crowd], [one.habits for one in crowd]
    floor = _each_ms(lambda _: signals_of_all(histories, habits, [NOW] * len(crowd)), range(3))

    def figure(what: str, serving: Mapping[ModelTask, LoadedModel]) -> Figure:
        predictor = InProcessPredictor(serving, 1, KINDS)
        return _figure(what, _each_ms(lambda _: predictor.predict(crowd, NOW), range(3)), "only signals", floor)

    alone = [figure(f"{task} alone", {task: model}) for task, model in models.items()]
    return [figure("all models", models), *alone]


def _figure(what: str, took_ms: Sequence[float], floor: str, floor_ms: Sequence[float]) -> Figure:
    return Figure(
        what,
        f"p50 {median(took_ms):,.2f} ms, p99 {_p99(took_ms):,.2f} ms",
        f"{floor} p50 {median(floor_ms):,.3f} ms",
        times(median(took_ms), median(floor_ms)),
    )


def _each_ms(action: Callable[[Any], object], givens: Sequence[Any]) -> list[float]:
    """Processor time of each call: others share the machine."""
    gc.collect()
    took = []
    for given in givens:
        began = time.process_time_ns()
        action(given)
        took.append((time.process_time_ns() - began) / 1e6)
    return took


def _p99(took: Sequence[float]) -> float:
    return sorted(took)[min(len(took) - 1, len(took) * 99 // 100)]


def _trained(logs: Sequence[UserLog]) -> dict[ModelTask, LoadedModel]:
    """Models of every task, trained on these people, so that they are as large as real ones."""
    loaded = {}
    for task, course in COURSES.items():
        trainer = course.trainer(PLAN)
        for log in logs:
            trainer.add(log)
        trained = trainer.train(LocalBoosting())
        served = "the baseline" if trained.serves_baseline else "the model"
        print(f"{task}: {trained.rows:,} rows, {served} serves, {_size(trained.model.parts()):,} KiB")
        loaded[task] = LoadedModel(_manifest(task, trained), trained.model)
    return loaded


def _manifest(task: ModelTask, trained: Trained[Any]) -> Manifest:
    card = ModelCard(task, VERSION, NOW, trained.rows, trained.quality, trained.serves_baseline, trained.note)
    names = tuple(signal.name for signal in SIGNALS)
    return Manifest(card, names, str(SIGNALS_VERSION), BEGINNING, NOW, TRAINED_ON, 0, sha256="")


def _size(parts: Mapping[str, bytes]) -> int:
    return sum(map(len, parts.values())) // 1024


def _busy(random: Random) -> list[Interaction]:
    days = sorted(random.uniform(0, 360) for _ in range(BUSY_INTERACTIONS))
    return [_interaction(random, BEGINNING + timedelta(days=day)) for day in days]


def _life(random: Random) -> list[Interaction]:
    """Somebody who comes at a rhythm of their own, until they stay away."""
    at, leaves_at = random.uniform(0, 120), random.uniform(60, 600)
    pace = random.lognormvariate(1, 0.9)
    days: list[float] = []
    while at < min(leaves_at, 360) and len(days) < 1_000:
        days += [at + random.random() / 50 for _ in range(random.randint(1, 8))]
        at += random.expovariate(1 / pace)
    of_team = FEATURES[random.randrange(TEAMS) :: TEAMS]
    liked = random.sample(of_team, len(of_team))
    return [
        _interaction(random, BEGINNING + timedelta(days=day), liked[: 2 + int(day - days[0]) // DAYS_PER_FEATURE])
        for day in sorted(days)
        if day < 360
    ]


def _interaction(random: Random, at: datetime, liked: Sequence[str] = FEATURES) -> Interaction:
    kind = random.choices(
        (InteractionKind.FEATURE_USE, InteractionKind.PAGE_VIEW, InteractionKind.CONVERSION), (10, 5, 1)
    )[0]
    target = random.choice(liked) if kind is InteractionKind.FEATURE_USE else random.choice(SECTIONS)
    value = round(random.lognormvariate(3, 0.5), 2) if kind is InteractionKind.CONVERSION else None
    user, key = UserId("someone"), InteractionKey(f"{random.getrandbits(64):x}")
    section = random.choice(SECTIONS)
    return Interaction(key, user, kind, at, target, section, device=random.choice(tuple(Device)), value=value)


def _log(user: str, interactions: Sequence[Interaction]) -> UserLog:
    own = [replace(one, user_id=UserId(user)) for one in interactions]
    return UserLog(UserId(user), [RecordedInteraction(place, one, one.occurred_at) for place, one in enumerate(own)])


def _subject(log: UserLog) -> Subject:
    done = [recorded.interaction for recorded in log.interactions]
    return Subject(Profile(log.user_id, 1, fold_from_scratch(done)), habits_from_scratch(done))


if __name__ == "__main__":
    main()
