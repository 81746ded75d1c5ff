"""How long may the collection of garbage hold up a process? Not for as long as looking at all of it takes."""

import gc

YOUNG_OBJECTS = 20_000
"""So many more objects made than dropped start a collection of the youngest."""


def settle() -> None:
    """Take what was built at the start (schema, classes, code) out of every later collection.

    A full collection looks at everything alive: with the schema that took 300 ms, every few hundred pushes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
