"""Perceptron and McCulloch-Pitts unit: which side of a line."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.models import LogisticRegression, McCullochPitts, Perceptron
from suite import check_behaves


def perceptron(w, b, **settings):
    model = Perceptron(inputs=len(w), **settings)
    with torch.no_grad():
        model.linear.weight.copy_(torch.tensor([w]))
        model.linear.bias.fill_(b)
    return model


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("at_zero", "on_the_line"), [("fires", 1), ("rests", 0)])
def test_scores_and_answers_agree_also_on_the_line(dtype, at_zero, on_the_line):
    model = perceptron([1.0, -1.0], 0.0, at_zero=at_zero).to(dtype)
    x = torch.tensor([[2.0, 1.0], [1.0, 1.0], [1.0, 2.0]], dtype=dtype)
    assert model.fires(x).tolist() == [1, on_the_line, 0]
    assert model(x).argmax(dim=1).tolist() == [1, on_the_line, 0]
    assert model(x).float().argmax(dim=1).tolist() == [1, on_the_line, 0]
    assert model(x)[:, 1].tolist() == model.potential(x).tolist() == [1, 0, -1]


@pytest.mark.course(
    "NL-15",
    verdict="holds",
    seen="adding any step along the line w·x + b = 0 never changes the "
    "side of a point, and the answer is 1 exactly where the weighted sum reaches minus the bias",
)
@given(st.lists(st.floats(-3, 3), min_size=5, max_size=5), st.floats(-5, 5))
def test_the_boundary_is_a_straight_line(values, along):
    w1, w2, b, x1, x2 = values
    model = perceptron([w1, w2], b).double()
    point = torch.tensor([[x1, x2]], dtype=torch.float64)
    v = model.potential(point).item()
    assume(abs(v) > 1e-6)
    assume(w1**2 + w2**2 > 1e-3)  # without a direction there is no line
    moved = point + along * torch.tensor([[-w2, w1]], dtype=torch.float64)  # w . (-w2, w1) = 0
    weights = model.linear.weight.detach()
    assert (
        model.fires(moved).item() == model.fires(point).item() == float((weights * point).sum() >= -model.linear.bias)
    )
    foot = point - v * weights / (weights**2).sum()  # the nearest point of the line
    assert abs(model.potential(foot).item()) < 1e-6 * (1 + abs(v))


def test_it_is_logistic_regression_under_cross_entropy():
    model, other = perceptron([2.0, -1.0], 0.5).double(), LogisticRegression(inputs=2).double()
    other.load_state_dict(model.state_dict())
    x, labels = torch.randn(9, 2, dtype=torch.float64), torch.arange(9) % 2
    losses = [torch.nn.functional.cross_entropy(one(x), labels) for one in (model, other)]
    gradients = [
        torch.autograd.grad(loss, list(one.parameters())) for loss, one in zip(losses, (model, other), strict=True)
    ]
    torch.testing.assert_close(losses[0], losses[1], rtol=0, atol=1e-12)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=1e-12)


@pytest.mark.course("NL-02")
@pytest.mark.parametrize(
    ("weights", "threshold", "truth"),
    [([1, 1], 2, [0, 0, 0, 1]), ([1, 1], 1, [0, 1, 1, 1]), ([-1, -1], 0, [1, 0, 0, 0]), ([1, -1], 1, [0, 0, 1, 0])],
    ids=["and", "or", "nor", "x1 and not x2"],
)
def test_logic_by_fixed_weights(weights, threshold, truth):
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert McCullochPitts(weights=weights, threshold=threshold)(x).tolist() == truth


@pytest.mark.course(
    "NL-02",
    verdict="holds",
    seen="AND, OR and NOT come out of fixed weights when v = 0 gives 1; "
    "with 0 at the threshold the same weights give other tables, so the convention is a setting",
)
def test_not_and_the_threshold_itself():
    x = torch.tensor([[0.0], [1.0]])
    assert McCullochPitts(weights=[-1], threshold=0)(x).tolist() == [1.0, 0.0]
    assert McCullochPitts(weights=[-1], threshold=0, at_zero="rests")(x).tolist() == [0.0, 0.0]
    assert McCullochPitts(weights=[-1], threshold=-0.5, at_zero="rests")(x).tolist() == [1.0, 0.0]


def test_they_behave():
    check_behaves(perceptron([1.0, 2.0], -0.5), torch.randn(5, 2))
    check_behaves(McCullochPitts(weights=[1, -2], threshold=0.5), torch.randn(5, 2))


def test_refusals():
    with pytest.raises(RangeError, match=r"outputs must be 2, got outputs=3\. Use Linear for more classes"):
        Perceptron(inputs=2, outputs=3)
    with pytest.raises(UnknownNameError, match="no at_zero 'fire'; did you mean 'fires'"):
        Perceptron(inputs=2, at_zero="fire")
    with pytest.raises(RangeError, match="McCullochPitts: inputs must be >= 1"):
        McCullochPitts(weights=[], threshold=1)
    with pytest.raises(ShapeError, match=r"McCullochPitts: x must have size 2 in dimension 1"):
        McCullochPitts(weights=[1, 1], threshold=1)(torch.zeros(4, 3))
