import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from glasswork.errors import UsageError
from glasswork.optimizers import Adam, Muon, is_matrix, muon_update, orthogonalize


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000))
def test_every_direction_becomes_about_equally_long(rows, columns, seed):
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    got = u.T @ orthogonalize(matrix) @ v.T  # the same singular vectors: a diagonal is left
    torch.testing.assert_close(got, torch.diag(got.diagonal()), rtol=0, atol=1e-9)
    lengths = got.diagonal()[s > 0.01 * s.norm()]
    assert (lengths > 0.6).all()
    assert (lengths < 1.25).all()


def test_step_by_hand():
    # One column: the direction is the unit vector, so the quintic at 1 five times over: 0.7 and so on down the orbit.
    a, b, c = 3.4445, -4.7750, 2.0315
    length = 1.0
    for _ in range(5):
        length = a * length + b * length**3 + c * length**5
    g = torch.tensor([[3.0], [4.0]], dtype=torch.float64)
    step, momentum = muon_update(g, torch.zeros_like(g), lr=0.1)
    torch.testing.assert_close(momentum, 0.05 * g)
    torch.testing.assert_close(step, -0.1 * 2**0.5 * length * g / 5)


def test_same_weights_as_the_formula():
    torch.manual_seed(1)
    weight = torch.randn(5, 3, dtype=torch.float64).requires_grad_()
    ours, momentum = weight.detach().clone(), torch.zeros(5, 3, dtype=torch.float64)
    optimizer = Muon([weight], lr=0.1, momentum=0.8)
    for _ in range(4):
        g = torch.randn(5, 3, dtype=torch.float64)
        weight.grad = g
        optimizer.step()
        step, momentum = muon_update(g, momentum, lr=0.1, momentum=0.8)
        ours = ours + step
    torch.testing.assert_close(weight.detach(), ours, rtol=0, atol=1e-12)


def test_direction_and_rate_like_torchs_muon():
    torch.manual_seed(1)
    weight = torch.randn(6, 4).requires_grad_()
    theirs = weight.detach().clone().requires_grad_()
    for w, optimizer in (
        (weight, Muon([weight], lr=0.1)),
        (theirs, torch.optim.Muon([theirs], lr=0.1, weight_decay=0.0)),
    ):
        for seed in range(3):
            w.grad = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed))
            optimizer.step()
    torch.testing.assert_close(weight, theirs, rtol=0, atol=0.02)  # torch iterates in bfloat16


class _Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.stem = nn.Conv2d(3, 8, 3)  # reads pixels
        self.filters = nn.Conv2d(8, 5, 3)
        self.norm = nn.LayerNorm(5)
        self.head = nn.Linear(5, 2)


def test_who_goes_where():
    optimizer = Muon(_Net().named_parameters(), lr=0.02, adam_lr=0.001)
    muon, adamw = optimizer.param_groups
    assert (muon["algorithm"], muon["lr"], muon["param_names"]) == ("muon", 0.02, ["filters.weight"])
    assert (adamw["algorithm"], adamw["lr"], len(adamw["params"])) == ("adamw", 0.001, 8)
    everything = Muon(_Net().parameters())
    assert [len(group["params"]) for group in everything.param_groups] == [3, 6]
    nothing = Muon(_Net().named_parameters(), matrices=lambda name, parameter: False)
    assert [group["algorithm"] for group in nothing.param_groups] == ["adamw"]


def test_the_rest_moves_by_adamw():
    bias, same = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    ours = Muon([bias], adam_lr=0.1, adam_betas=(0.9, 0.999), adam_eps=1e-8)
    theirs = Adam([same], lr=0.1)
    for seed in range(4):
        bias.grad = torch.randn(3, generator=torch.Generator().manual_seed(seed))
        same.grad = bias.grad.clone()
        ours.step()
        theirs.step()
    assert torch.equal(bias, same)


def test_filters_keep_their_layout():
    filters = torch.randn(6, 3, 5, 5).to(memory_format=torch.channels_last).requires_grad_()
    optimizer = Muon([filters])
    filters.grad = torch.randn(6, 3, 5, 5)
    optimizer.step()
    assert filters.is_contiguous(memory_format=torch.channels_last)


def test_names_of_tables_and_last_layers():
    weight = torch.zeros(4, 3)
    assert not is_matrix("body.token_embedding.weight", weight)
    assert not is_matrix("body.head.weight", weight)
    assert not is_matrix("layers.0.bias", torch.zeros(3))
    assert is_matrix("layers.0.attention.from_input.weight", weight)


def test_groups_are_refused():
    with pytest.raises(UsageError, match=r"Muon makes its own groups: give it model\.named_parameters"):
        Muon([{"params": [torch.ones(2, 2, requires_grad=True)]}])
