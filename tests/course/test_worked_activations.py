"""The course's worked numbers about activations, made by the parts themselves."""

import math

import pytest
import torch

from glasswork import activations as act
from glasswork import course
from glasswork.losses import cross_entropy
from suite import close


def _numbers(values):
    return torch.tensor(values, dtype=torch.float64)


def _slope(part, x):
    x = _numbers(x).requires_grad_()
    part(x).sum().backward()
    return x.grad


@pytest.mark.course("WE-06", "NL-04")
def test_logistic_table():
    example = course.worked("WE-06")
    y = act.Logistic(slope=example["inputs"]["a"])(_numbers(example["inputs"]["v"]))
    close(example, "y", y)
    close(example, "at_decision_line", act.Sigmoid()(_numbers(0.0)))
    assert example["note_value"]["y"] == "(0->0, 1->0.5, 0->0.5, -1->0)"
    printed = _numbers([0.0, 0.5, 0.0])  # at 0, 1 and -1
    assert ((y[:3] - printed).abs() > 0.2).all()


@pytest.mark.course("WE-07", "NL-05")
def test_stochastic_firing_probability():
    example = course.worked("WE-07")
    for key, v in zip(("P_v1", "P_vminus1"), example["inputs"]["v"], strict=True):
        close(
            example,
            key,
            torch.stack([act.firing_probability(_numbers(v), temperature=t) for t in example["inputs"]["T"]]),
        )
    limit = act.firing_probability(_numbers([1.0, -1.0, 0.0]), temperature=0.0)
    assert limit.tolist() == [example["expected"]["limit_T0"][key] for key in ("v_pos", "v_neg", "v_zero")]
    assert "P(v)=1 if T=0" in example["note_value"]["limit_T0"]
    assert limit.tolist() != [1.0, 1.0, 1.0]


@pytest.mark.course("WE-09", "ACT-05")
def test_softmax_of_four_animals():
    example = course.worked("WE-09")
    logits = _numbers(example["inputs"]["logits"])
    close(example, "p", act.Softmax()(logits))
    close(example, "p", act.LogSoftmax()(logits).exp())
    close(example, "cross_entropy_if_dog", cross_entropy(logits.unsqueeze(0), torch.tensor([0])))


@pytest.mark.course("WE-31", "ACT-06")
def test_relu_derivative():
    example = course.worked("WE-31")
    close(example, "d", _slope(act.ReLU(), example["inputs"]["z"]))


def _parametric(start):
    return act.ParametricReLU(start=start).double()


def _absolute():
    part = act.Maxout(inputs=1, outputs=1, bias=False).double()
    part.weight.data.copy_(_numbers([[1.0], [-1.0]]))
    return lambda x: part(x.unsqueeze(-1)).squeeze(-1)


@pytest.mark.course("WE-32", "ACT-14")
@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("identity", act.Identity()),
        ("step", act.Threshold()),
        ("sigmoid", act.Sigmoid()),
        ("tanh", act.Tanh()),
        ("relu", act.ReLU()),
        ("leaky_relu_0_01", act.LeakyReLU()),
        ("leaky_relu_0_1", act.LeakyReLU(slope=0.1)),
        ("prelu_a_0_25", _parametric(0.25)),
        ("elu_alpha_1", act.ELU()),
        ("selu", act.SELU()),
        ("selu_without_scale_as_printed", act.ELU(alpha=1.6732)),
        ("softplus", act.Softplus()),
        ("swish", act.SiLU()),
        ("maxout_of_x_and_minus_x", _absolute()),
        ("gelu_erf", act.GELU()),
    ],
)
def test_reference_values_of_every_activation(key, part):
    example = course.worked("WE-32")
    close(example, key, part(_numbers(example["inputs"]["x"])))


def test_no_reference_value_is_left_out():
    marks = test_reference_values_of_every_activation.pytestmark
    tried = [case[0] for mark in marks if mark.name == "parametrize" for case in mark.args[1]]
    assert sorted(tried) == sorted(course.worked("WE-32")["expected"])


@pytest.mark.course("WE-33", "ACT-10")
def test_selu_fixed_point():
    example = course.worked("WE-33")
    z = torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    share = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])

    def mean_and_variance(part):
        y = part(z)
        mean = (share * y).sum()
        return mean, (share * (y - mean) ** 2).sum()

    mean, variance = mean_and_variance(act.SELU())
    close(example, "mean", mean)
    close(example, "var", variance)
    without = act.ELU(alpha=1.6732)  # what is printed: four digits, and the scale is missing
    close(example, "var_without_scale", mean_and_variance(without)[1])
    left, right = _slope(act.SELU(), [-1e-9, 1e-9])
    close(example, "left_slope_at_0", left)
    close(example, "right_slope_at_0", right)
    assert "differentiable" in example["note_value"]["left_slope_at_0"]
    assert left - right > 0.7  # no derivative at 0


@pytest.mark.course("WE-45", "NL-04")
def test_logistic_derivative():
    example = course.worked("WE-45")
    v = example["inputs"]["v"]
    slopes = torch.stack([_slope(act.Logistic(slope=a), v) for a in example["inputs"]["a"]])
    close(example, "d", slopes)
    assert example["note_value"]["d"] == "intermediate line a*(1-y)/y*y"
    y = torch.stack([act.Logistic(slope=a)(_numbers(v)) for a in example["inputs"]["a"]])
    printed = _numbers(example["inputs"]["a"]) * (1 - y) / y * y
    assert ((slopes - printed).abs() > 0.1).all()


@pytest.mark.course("WE-55", "NL-02")
def test_threshold_tie():
    example = course.worked("WE-55")
    v = _numbers(example["inputs"]["v"])
    close(example, "convention_ge", act.Threshold(at_zero="fires")(v))
    close(example, "convention_gt", act.Threshold(at_zero="rests")(v))
