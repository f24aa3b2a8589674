"""The perceptron trick and Rosenblatt's algorithm: corrections by hand, the bound on them, and data without a line."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from glasswork.errors import DataError, RangeError, UsageError
from glasswork.learning import Learner, PerceptronConvergence, PerceptronTrick
from glasswork.models import MLP, Linear, Perceptron
from glasswork.records import Batch
from glasswork.training import TensorSource, train

XOR = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)


def batch(x, y):
    return Batch({"x": x}, torch.as_tensor(y))


def separable(points, seed=0, margin=0.1):
    """Points of a disc, at least `margin` away from a random line."""
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand(4 * points, 2, generator=generator, dtype=torch.float64) - 1
    angle = 6.28 * torch.rand((), generator=generator, dtype=torch.float64)
    away = x @ torch.stack([angle.cos(), angle.sin()]) + 0.2
    keep = away.abs() > margin
    return x[keep][:points], (away[keep][:points] > 0).long()


def largest_margin(x, y):
    """The best margin of 20000 random lines, hardly below the largest and never above it, and the longest example."""
    extended = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    signed = extended * (2 * y[:, None] - 1)
    directions = torch.nn.functional.normalize(
        torch.randn(20000, 3, dtype=x.dtype, generator=torch.Generator().manual_seed(1))
    )
    return (signed @ directions.T).min(dim=0).values.max().item(), extended.norm(dim=1).max().item()


def divisible(x, y):
    """Whether some line divides the classes: a linear program without an objective."""
    signs = 2 * np.asarray(y) - 1
    rows = -signs[:, None] * np.column_stack([x.numpy(), np.ones(len(x))])
    return linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None)).status == 0


def test_convergence_by_hand():
    # w = 0: (2, 1) scores 0, so 1, which is right. (1, 3) scores 0, so 1, and is 0: w = -(1, 3), b = -1.
    # (1, 0) scores -2, so 0, and is 1: w = (0, -3), b = 0. Two corrections of three examples.
    model = Perceptron(inputs=2)
    learner = PerceptronConvergence(model)
    record = learner.step(batch(torch.tensor([[2.0, 1.0], [1.0, 3.0], [1.0, 0.0]]), [1, 0, 1]))
    assert model.linear.weight.tolist() == [[0.0, -3.0]]
    assert model.linear.bias.item() == 0.0
    assert record.loss.item() == pytest.approx(2 / 3)
    assert (record.extra["corrections"].item(), record.examples, record.number) == (2.0, 3, 1)
    assert isinstance(learner, Learner)


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_the_size_of_the_batch_changes_nothing(size):
    x, y = separable(50)
    x = (8 * x).round()  # whole numbers: sums are exact, whichever way they are taken
    models = Perceptron(inputs=2).double(), Perceptron(inputs=2).double()
    one_by_one, together = (PerceptronConvergence(model) for model in models)
    for _ in range(3):
        for row in range(50):
            one_by_one.step(batch(x[row : row + 1], y[row : row + 1]))
        for start in range(0, 50, size):
            together.step(batch(x[start : start + size], y[start : start + size]))
    assert torch.equal(models[0].linear.weight, models[1].linear.weight)
    assert torch.equal(models[0].linear.bias, models[1].linear.bias)


@pytest.mark.course(
    "NL-11",
    verdict="holds under conditions",
    seen="on 20 separable sets the corrections stay within "
    "Novikoff's bound (R/margin)^2 and then a clean epoch comes; a set without a dividing line (XOR) never has one",
)
@pytest.mark.parametrize("seed", range(20))
def test_corrections_stay_within_novikoffs_bound(seed):
    x, y = separable(40, seed)
    margin, radius = largest_margin(x, y)
    assert margin > 0
    model = Perceptron(inputs=2).double()
    learner = PerceptronConvergence(model, learning_rate=0.7)
    corrections = []
    while not corrections or corrections[-1]:
        corrections.append(int(learner.step(batch(x, y)).extra["corrections"]))
        assert sum(corrections) <= (radius / margin) ** 2
    assert torch.equal(model.fires(x), y.double())
    before = model.linear.weight.clone()
    assert learner.step(batch(x, y)).loss.item() == 0
    assert torch.equal(model.linear.weight, before)  # a clean epoch is the end


@pytest.mark.course(
    "NL-10",
    verdict="holds under conditions",
    seen="a right point changes nothing; separable data end "
    "within Novikoff's bound on corrections; on XOR corrections never stop in 10000 draws",
)
@pytest.mark.parametrize("seed", range(3))
def test_the_trick_ends_where_a_line_exists(seed):
    x, y = separable(40, seed)
    margin, radius = largest_margin(x, y)
    model = Perceptron(inputs=2).double()
    learner = PerceptronTrick(model)
    torch.manual_seed(seed)
    corrections = 0
    for _ in range(10_000):
        before = model.linear.weight.clone()
        wrong = int(learner.step(batch(x, y)).loss)
        assert torch.equal(before, model.linear.weight) == (not wrong)
        corrections += wrong
    assert 0 < corrections <= (radius / margin) ** 2
    assert torch.equal(model.fires(x), y.double())


@pytest.mark.course("NL-10", "NL-11", "NL-18")
@pytest.mark.parametrize("learner", [PerceptronTrick, PerceptronConvergence])
def test_without_a_line_there_is_no_clean_epoch(learner):
    y = torch.tensor([0, 1, 1, 0])
    model = Perceptron(inputs=2).double()
    taught = learner(model)
    torch.manual_seed(0)
    for _ in range(500 if learner is PerceptronConvergence else 10_000):
        taught.step(batch(XOR, y))
        assert not torch.equal(model.fires(XOR), y.double())


@pytest.mark.course(
    "NL-14",
    verdict="holds",
    seen="Rosenblatt's algorithm reaches a clean epoch on exactly those of "
    "the 64 labellings of a 2x3 grid for which a linear program finds a dividing line",
)
def test_it_ends_exactly_where_a_linear_program_finds_a_line():
    x = torch.cartesian_prod(torch.arange(2.0), torch.arange(3.0)).double()
    found = 0
    for code in range(64):
        y = torch.tensor([(code >> bit) & 1 for bit in range(6)])
        learner = PerceptronConvergence(Perceptron(inputs=2).double())
        clean = any(learner.step(batch(x, y)).loss == 0 for _ in range(60))
        assert clean == divisible(x, y), y
        found += clean
    assert 2 < found < 64


@given(st.floats(0.01, 100), st.integers(0, 50))
def test_from_zero_the_rate_changes_the_length_of_the_weights_alone(rate, seed):
    x, y = separable(12, seed)
    x = (4 * x).round()
    models = Perceptron(inputs=2).double(), Perceptron(inputs=2).double()
    power = 2.0 ** round(np.log2(rate))  # powers of two scale exactly
    for model, eta in zip(models, (1.0, power), strict=True):
        learner = PerceptronConvergence(model, learning_rate=eta)
        for _ in range(4):
            learner.step(batch(x, y))
    assert torch.equal(models[0].linear.weight * power, models[1].linear.weight)


def test_the_trick_draws_from_all_examples_alike():
    # Each point moves the weights by its own mark, and none is ever right: labels follow the answers' opposite.
    counts = torch.zeros(4)
    torch.manual_seed(0)
    for _ in range(400):
        model = Perceptron(inputs=4)
        PerceptronTrick(model).step(batch(torch.eye(4), [0, 0, 0, 0]))
        counts -= model.linear.weight.detach()[0]
    assert counts.sum() == 400
    assert counts.min() > 70


def test_refusals():
    with pytest.raises(UsageError, match=r"PerceptronTrick teaches Perceptron, got MLP\."):
        PerceptronTrick(MLP(inputs=2, outputs=2))
    with pytest.raises(UsageError, match=r"PerceptronConvergence teaches Perceptron, got Linear\."):
        PerceptronConvergence(Linear(inputs=2, outputs=2))
    with pytest.raises(RangeError, match=r"PerceptronTrick: learning_rate must be > 0, got learning_rate=0"):
        PerceptronTrick(Perceptron(inputs=2), learning_rate=0)
    learner = PerceptronConvergence(Perceptron(inputs=2))
    with pytest.raises(DataError, match="targets must be 0 or 1, the code of the class"):
        learner.step(batch(torch.zeros(2, 2), [1, 2]))
    with pytest.raises(DataError, match="PerceptronConvergence: the batch has no targets"):
        learner.step(Batch({"x": torch.zeros(2, 2)}))
    with pytest.raises(UsageError, match="gives all examples the same weight"):
        learner.step(Batch({"x": torch.zeros(2, 2)}, torch.tensor([0, 1]), weights=torch.ones(2)))


def test_in_the_loop_an_epoch_without_a_wrong_example_has_loss_zero():
    x, y = separable(60)
    learner = PerceptronConvergence(Perceptron(inputs=2).double())
    history = train(
        learner,
        TensorSource({"x": x}, y),
        {"train": np.arange(50), "valid": np.arange(50, 60)},
        epochs=60,
        batch_size=8,
    )
    losses = history.column("train/loss")
    assert losses[0] > 0
    assert losses[-1] == 0
    clean = losses.index(0)
    assert not any(losses[clean:])
    wrong = (learner.model.fires(x[50:]) != y[50:].double()).double().mean().item()
    assert history.last["valid/loss"] == pytest.approx(wrong)
