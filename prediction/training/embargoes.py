"""Which training cut-offs can be validated on others without having seen what came of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.matrices import Counts
    from prediction.training.plans import Plan

VALIDATED_SHARE = 4
"""One of so many training cut-offs, the latest, is held back to validate on."""


class Embargo(NamedTuple):
    """Places of training cut-offs: those to fit on, whose horizons end before the first of those to validate on."""

    fitted: range
    validated: range

    def fits(self, cut_offs: Counts) -> NDArray[np.bool_]:
        """Which rows are to be fitted on?"""
        return np.isin(cut_offs, self.fitted)

    def validates(self, cut_offs: Counts) -> NDArray[np.bool_]:
        return np.isin(cut_offs, self.validated)


def embargoed(plan: Plan) -> Embargo | None:
    """About a quarter of the training cut-offs to validate on; fewer where horizons are long.

    `None` where the horizon of the first cut-off reaches past the last: then nothing can be validated honestly.
    """
    cut_offs = plan.training
    for first in range(len(cut_offs) - max(1, len(cut_offs) // VALIDATED_SHARE), len(cut_offs)):
        ended = [place for place, at in enumerate(cut_offs) if at + plan.horizon <= cut_offs[first]]
        if ended:
            return Embargo(range(len(ended)), range(first, len(cut_offs)))
    return None
