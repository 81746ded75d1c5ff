"""By which method is spending foretold?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from prediction.lifetime_value.buying import spent_at_same_rate
from prediction.lifetime_value.intervals import Spending

if TYPE_CHECKING:
    from prediction.lifetime_value.buying import Buying, Outlook
    from prediction.lifetime_value.purchases import Purchases
    from prediction.lifetime_value.trees import SpendingTrees
    from prediction.matrices import Matrix


class Method(StrEnum):
    """Each has to beat the one below it."""

    COMBINED = "combined"
    """The mean of the models of buying and of the trees on signals: it orders users better than either."""

    BUYING = "buying"
    """How often times how much, of past purchases alone."""

    SAME_RATE = "same_rate"
    """As much a day as so far."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`trees` are there when the method is to combine them."""

    method: Method
    buying: Buying
    trees: SpendingTrees | None = None

    @property
    def knows_newcomers(self) -> bool:
        """Is there anything to say of who never bought? Nothing by their own purchases, of which there are none."""
        if self.method is Method.SAME_RATE:
            return False
        return self.trees is not None or self.buying.newcomers.share_buying > 0

    def by(self, method: Method) -> Forecast:
        """The same with a simpler method."""
        return replace(self, method=method, trees=self.trees if method is Method.COMBINED else None)

    def spending(self, purchases: Purchases, signals: Matrix) -> Spending:
        """What each user is expected to spend in the horizon, and the probability that it is anything."""
        return self.spending_given(self.buying.outlook(purchases), purchases, signals)

    def spending_given(self, outlook: Outlook, purchases: Purchases, signals: Matrix) -> Spending:
        """The same, where the outlook on these purchases is known already."""
        if self.method is Method.SAME_RATE:
            return Spending(spent_at_same_rate(purchases, self.buying.horizon_days), outlook.any)
        if self.trees is None:
            return Spending(outlook.spent, outlook.any)
        share = self.trees.any(signals)
        both = (outlook.spent + share * self.trees.amount_if_any(signals)) / 2
        return Spending(both, (outlook.any + share) / 2)
