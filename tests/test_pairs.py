"""Parts beside torch's own, over all rooms: the same numbers, and on a kernel the same operations."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from glasswork import catalog
from suite import check_same_kernels

PATH = Path(__file__).resolve().parents[1] / "benchmarks" / "pairs.py"


def _pairs():
    spec = importlib.util.spec_from_file_location("pairs", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pairs"] = module  # a dataclass looks its module up
    spec.loader.exec_module(module)
    return module.pairs()


PAIRS = _pairs()
RANDOM = {"dropout", "classic_dropout", "gaussian_noise", "stochastic"}
SMALL = 2**14


def _said(pair):
    return f"{pair.room}: {pair.name}"


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.name not in RANDOM], ids=_said)
def test_same_numbers(pair):
    ours, theirs, inputs = pair.make(SMALL)
    found = [_numbers(call, inputs, pair.backward) for call in (ours, theirs)]
    if not isinstance(theirs, nn.Module):
        found = [numbers[: len(found[1])] for numbers in found]  # an expression has no weights of its own
    if pair.kernel and pair.room != "optimizers":
        torch.testing.assert_close(*found, rtol=0, atol=0)
    else:
        torch.testing.assert_close(*found, rtol=1e-4, atol=1e-6)


def _numbers(call, inputs, backward):
    """What comes out, and the gradients; of an optimizer, the weights after three steps."""
    own = [one.detach().clone().requires_grad_(backward) for one in inputs]
    if not own:
        return [weight.detach() for _ in range(3) for weight in call()]
    found = call(*own)
    first = found if isinstance(found, torch.Tensor) else found[0]
    if not backward:
        return [first]
    leaves = [*own, *(call.parameters() if isinstance(call, nn.Module) else ())]
    torch.manual_seed(0)
    return [first.detach(), *torch.autograd.grad(first, leaves, torch.randn_like(first))]


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.kernel and pair.room != "optimizers"], ids=_said)
def test_same_operations(pair):
    ours, theirs, inputs = pair.make(SMALL)
    check_same_kernels(ours, theirs, *inputs)


@pytest.mark.parametrize("room", ["activations", "losses", "optimizers"])
def test_every_part_of_these_rooms_has_a_pair(room):
    measured = {pair.name.split(",")[0] for pair in PAIRS if pair.room == room}
    # Nothing to measure; settled by a time budget of its own; two terms that are measured by themselves.
    without = {
        "activations": {"identity"},
        "optimizers": {"muon"},
        "losses": {"scaled_loss"},
    }
    assert set(catalog.names(room)) - measured == without[room]
