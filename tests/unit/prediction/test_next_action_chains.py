"""Golden numbers of the Markov mixtures, worked out by hand by Witten and Bell's rule."""

from __future__ import annotations

import numpy as np
import pytest

from prediction.next_actions.chain_parts import chain_of_parts, chain_parts
from prediction.next_actions.chains import ORDERS, chain_of

A, B, C, OTHERS = 0, 1, 2, 3
SEEN = [np.array([A, B, A, B, A, C]), np.array([B, A])]
NOTHING = -1


def contexts(*steps: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([[NOTHING] * (ORDERS - len(steps)) + list(steps)], dtype=np.int64)


def test_without_a_last_action_the_popular_ones_are_likely() -> None:
    chain = chain_of(SEEN, 3)

    # Four times A, three B, once C, never anything else; half a count each on top.
    assert chain.opinion(contexts()).mixture[0] == pytest.approx(np.array([4.5, 3.5, 1.5, 0.5]) / 10)


def test_what_followed_shares_with_what_is_popular() -> None:
    chain = chain_of(SEEN, 3)

    # After A came B twice and C once: three times, two kinds.
    after_a = np.array([0, 2, 1, 0]) / 5 + 2 / 5 * np.array([4.5, 3.5, 1.5, 0.5]) / 10
    assert chain.opinion(contexts(A)).markov[0] == pytest.approx(after_a)


def test_a_longer_context_shares_with_the_shorter_one() -> None:
    chain = chain_of([np.array([A, B, A, A, B, A])], 2)

    # B A does not count here: what followed it once says next to nothing. A B was followed by A twice: one kind.
    opinion = chain.opinion(contexts(A, B))
    assert opinion.mixture[0] == pytest.approx(np.array([2, 0, 0]) / 3 + opinion.markov[0] / 3)
    assert opinion.shares[1][0].tolist() == [1, 0, 0]
    assert [seen.tolist() for seen in opinion.seen] == [[2], [2], [0], [0]]


def test_a_context_that_was_never_seen_says_nothing() -> None:
    chain = chain_of(SEEN, 3)

    assert chain.opinion(contexts(OTHERS)).mixture[0] == pytest.approx(chain.popularity)


def test_only_the_most_frequent_successions_are_kept() -> None:
    chain = chain_of([np.array([A, B, A, B, A, C])], 3, most_successions=1)

    assert chain.orders[0].counts.tolist() == [2]
    assert chain.opinion(contexts(A)).shares[0][0].tolist() == [0, 1, 0, 0]


def test_a_chain_of_nothing_knows_popularity_alone() -> None:
    assert chain_of([], 1).opinion(contexts(A)).mixture[0].tolist() == [0.5, 0.5]


def test_a_chain_is_the_same_after_it_was_written_down() -> None:
    parts = chain_parts(chain_of(SEEN, 3))

    assert chain_parts(chain_of_parts(parts)) == parts


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"no array at all"])
def test_a_damaged_chain_is_refused(damage: bytes) -> None:
    parts = {**chain_parts(chain_of(SEEN, 3)), "order_1_counts.npy": damage}

    with pytest.raises(ValueError, match=r".+"):
        chain_of_parts(parts)


def test_columns_that_do_not_fit_together_are_refused() -> None:
    parts = chain_parts(chain_of(SEEN, 3))
    parts["order_1_counts.npy"] = parts["order_2_counts.npy"]

    with pytest.raises(ValueError, match="do not fit together"):
        chain_of_parts(parts)
