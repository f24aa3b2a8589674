"""Random numbers that depend on the key alone."""

import numpy as np
import torch

from glasswork.augmentations.randomness import chosen, mix, normal, sample_keys, uniform

MASK = (1 << 64) - 1


def splitmix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_the_hash_is_splitmix64_in_python_integers():
    golden = 0x9E3779B97F4A7C15
    for key, value in ((0, 0), (5, 7), (-3, 2), (2**62, 1)):
        expected = splitmix((splitmix(key & MASK) + (value + 1) * golden) & MASK)
        assert int(mix(torch.tensor([key]), value)[0]) & MASK == expected


def test_uniform_by_hand():
    golden = 0x9E3779B97F4A7C15
    key = int(mix(torch.tensor([11]), 3)[0]) & MASK
    bits = [splitmix((key + (i + 1) * golden) & MASK) for i in range(2)]
    assert uniform(torch.tensor([11]), 2, 3)[0].tolist() == [(b >> 40) / 2**24 for b in bits]


def test_uniform_is_uniform_and_streams_are_independent():
    keys = sample_keys(1, 0, torch.arange(20_000))
    a, b = uniform(keys, 2, 0).T
    c = uniform(keys, 1, 1)[:, 0]
    assert float(a.min()) >= 0
    assert float(a.max()) < 1
    for u in (a, b, c):
        counts = torch.histc(u, 10, 0, 1)
        assert float(((counts - 2000) ** 2 / 2000).sum()) < 30  # chi-square with 9 degrees: 99.96 %
    correlations = np.corrcoef(torch.stack([a, b, c]).numpy())
    assert abs(correlations[np.triu_indices(3, 1)]).max() < 0.03


def test_normal_has_mean_0_variance_1_and_light_tails():
    z = normal(torch.arange(2000), 50, 0).double()
    assert abs(float(z.mean())) < 0.02
    assert abs(float(z.var()) - 1) < 0.02
    assert float(z.abs().max()) < 4.91
    assert abs(float((z.abs() < 1.96).double().mean()) - 0.95) < 0.005


def test_keys_do_not_depend_on_the_batch():
    index = torch.tensor([5, 900, 2, 77])
    whole = sample_keys(3, 4, index)
    for position in range(4):
        assert sample_keys(3, 4, index[position : position + 1]) == whole[position]
    assert (
        len(set(sample_keys(3, 4, torch.arange(100)).tolist()) & set(sample_keys(3, 5, torch.arange(100)).tolist()))
        == 0
    )


def test_a_huge_seed_is_taken_whole():
    assert sample_keys(2**63 + 5, 0, torch.arange(3)).tolist() != sample_keys(5, 0, torch.arange(3)).tolist()


def test_chosen_with_probability_0_and_1():
    keys = torch.arange(100)
    assert not chosen(keys, 0.0, 0).any()
    assert chosen(keys, 1.0, 0).all()
