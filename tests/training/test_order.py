import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from glasswork.training import example_keys, grouped_by_length, shuffled


@given(st.integers(0, 200), st.integers(0, 2**63), st.integers(0, 1000))
def test_an_order_holds_every_example_once_and_depends_on_seed_and_epoch_alone(count, seed, epoch):
    index = np.arange(count) * 3
    order = shuffled(index, seed=seed, epoch=epoch)
    assert sorted(order.tolist()) == index.tolist()
    np.random.default_rng(1).random(5)
    assert order.tolist() == shuffled(index, seed=seed, epoch=epoch).tolist()


def test_epochs_and_seeds_differ():
    index = np.arange(50)
    orders = {tuple(shuffled(index, seed=s, epoch=e).tolist()) for s in range(4) for e in range(4)}
    assert len(orders) == 16


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80), st.integers(1, 9))
def test_grouping_keeps_every_example_and_the_short_batch_last(lengths, batch_size):
    lengths = np.array(lengths)
    order = shuffled(np.arange(len(lengths)), seed=0, epoch=1)
    grouped = grouped_by_length(order, lengths, batch_size=batch_size, seed=0, epoch=1)
    assert sorted(grouped.tolist()) == list(range(len(lengths)))


def test_grouping_saves_padding():
    lengths = np.random.default_rng(0).integers(1, 100, 640)
    order = shuffled(np.arange(640), seed=0, epoch=1)

    def padded(index):
        return sum(lengths[batch].max() * 32 for batch in index.reshape(-1, 32))

    assert padded(grouped_by_length(order, lengths, batch_size=32, seed=0, epoch=1)) < 0.6 * padded(order)


def test_keys_belong_to_examples_wherever_they_stand_in_a_batch():
    index = np.array([7, 3, 900])
    keys = example_keys(index, seed=5, epoch=2)
    assert keys.dtype == np.int64
    assert example_keys(index[::-1], seed=5, epoch=2).tolist() == keys[::-1].tolist()


def test_keys_look_random():
    keys = np.concatenate([example_keys(np.arange(2000), seed=s, epoch=e) for s in range(3) for e in range(3)])
    assert len(set(keys.tolist())) == len(keys)
    bits = np.unpackbits(keys.view(np.uint8).reshape(-1, 8), axis=1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02
