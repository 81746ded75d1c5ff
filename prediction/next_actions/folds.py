"""How well does the method foretell next actions, whoever happens to be new?

A fifth of the users is a small sample where a few of them do most of what is done: the figures of new users move by
more than methods differ. So an evaluation trains five times, and everybody is new once. It is not worth that to
somebody who only wants a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelTask
from prediction.evaluation.resampling import FEWEST_USERS
from prediction.next_actions.measuring import together
from prediction.next_actions.memories import ActionMemory
from prediction.next_actions.splits import FOLDS, SplitByUser
from prediction.next_actions.training import KNOWN, NEW, Learnt, NextActionTrainer, reported
from prediction.signals.words import counted
from prediction.training.outcomes import TrainingRefused

if TYPE_CHECKING:
    from prediction.boosting import Boosting
    from prediction.next_actions.predictors import NextActionModel
    from prediction.next_actions.training import NextActionLimits, NextActionReport
    from prediction.training.logs import UserLog
    from prediction.training.outcomes import Trained


class NextActionEvaluator:
    """A trainer that is five times as sure: all predictions of five models together; the first model is the answer."""

    def __init__(self, limits: NextActionLimits | None = None, memory: ActionMemory | None = None) -> None:
        self._memory = memory or ActionMemory()
        self._trainers = [NextActionTrainer(SplitByUser(fold=fold), limits, self._memory) for fold in range(FOLDS)]

    @property
    def task(self) -> ModelTask:
        return ModelTask.NEXT_ACTION

    def add(self, log: UserLog) -> None:
        """Remember what training needs of one user."""
        self._memory.add(log.user_id, log.interactions)

    def train(self, boosting: Boosting) -> Trained[NextActionModel]:
        """Deterministic given the added users and `boosting`'s seed. Raises `TrainingRefused`."""
        return self.report(boosting).trained

    def report(self, boosting: Boosting) -> NextActionReport:
        """The same, with the table of all methods."""
        _refuse_few(self._memory.users, "did anything")
        learnt = [trainer.learnt(boosting) for trainer in self._trainers]
        by_users = {users: together([each.by_users[users] for each in learnt]) for users in (KNOWN, NEW)}
        _refuse_few(len(np.unique(together([*by_users.values()]).users)), "did anything after another action")
        return reported(Learnt(learnt[0].model, learnt[0].rows, by_users), self._memory.share_of_users)


def _refuse_few(users: int, what: str) -> None:
    if users < FEWEST_USERS:
        raise TrainingRefused(
            f"Only {counted(users, 'user')} {what}; {FEWEST_USERS} are needed to tell how good a model is."
        )
