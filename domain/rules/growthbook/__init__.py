"""What do GrowthBook's feature definitions mean as rules?

As GrowthBook's own code has it (packages/sdk-js/src/core.ts, `evalFeature`): of a feature's rules the first that
applies decides. What is translated decides exactly as there; what is not is said, and nothing below it is left active.
"""

from domain.rules.growthbook.translations import Translation, translate

__all__ = ["Translation", "translate"]
