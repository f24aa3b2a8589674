"""Worked examples about optimizers, averages, batches and clipping, redone by the parts."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch

from glasswork import course, optimizers
from glasswork.course.surfaces import surface
from glasswork.layers import ewma, ewma_corrected
from glasswork.learning import GradientDescent, clip_norm, clip_norm_formula, clip_value, clip_value_formula
from glasswork.training import TensorSource, train
from suite import close


class _Line(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x)


@pytest.mark.course(
    "GD-02",
    "GD-07",
    "WE-25",
    verdict="holds",
    seen="400 rows by 150 are batches of 150, 150 and 100: three updates an epoch, against one for batch and 400 "
    "for stochastic descent",
    file="src/glasswork/learning/gradient_descent.py",
)
def test_we_25_batches_of_an_epoch():
    example = course.worked("WE-25")
    rows, size = example["inputs"]["rows"], example["inputs"]["batch"]
    updates = {}
    for mode, batch_size in (("batch_gd", rows), ("minibatch", size), ("sgd", 1)):
        sizes = []
        model = _Line(1, 1)
        learner = GradientDescent(model, torch.nn.functional.mse_loss, optimizers.SGD(model.parameters(), lr=1e-3))
        source = TensorSource({"x": torch.randn(rows, 1)}, torch.randn(rows, 1))
        parts = {"train": np.arange(rows)}
        train(
            learner,
            source,
            parts,
            epochs=1,
            batch_size=batch_size,
            watch=lambda record, batch, sizes=sizes: sizes.append(len(batch)),
        )
        updates[mode] = learner.updates
        if mode == "minibatch":
            close(example, "sizes", sizes)
    assert updates == example["expected"]["updates_per_epoch"]


@pytest.mark.course("WE-26", "OPT-02")
def test_we_26_expansion_of_the_average():
    example = course.worked("WE-26")
    beta = example["inputs"]["beta"]
    x = torch.tensor(example["inputs"]["x"], dtype=torch.float64)
    close(example, "V", ewma(x, beta=beta))
    close(example, "bias_corrected_V", ewma_corrected(x, beta=beta))
    coefficients = ewma(torch.eye(3, dtype=torch.float64), beta=beta)[:, -1]
    close(example, "coeffs_V3", coefficients)
    printed = torch.tensor([beta**2, beta, 1.0], dtype=torch.float64)  # the summary line forgets the factor 1 - beta
    assert (coefficients - printed).abs().min() > 0.1
    torch.testing.assert_close(coefficients / (1 - beta), printed)


@pytest.mark.course(
    "OPT-03",
    "WE-27",
    verdict="holds",
    seen="gradients 1, 2, 3 give velocities 1, 2.9, 5.61; with beta = 0 the weights are those of plain gradient "
    "descent",
)
def test_we_27_expansion_of_momentum():
    example = course.worked("WE-27")
    gradients, gamma = example["inputs"]["g"], example["inputs"]["gamma"]

    def velocities(kind, gradients, **settings):
        weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimizer = kind([weight], lr=1.0, **settings)
        seen = [0.0]
        for gradient in gradients:
            weight.grad = torch.tensor([float(gradient)], dtype=torch.float64)
            optimizer.step()
            seen.append(-weight.item())
        return np.diff(seen)

    close(example, "v", velocities(optimizers.Momentum, gradients, momentum=gamma))
    close(example, "v", velocities(optimizers.SGD, gradients, momentum=gamma))  # at a constant rate torch's is the same
    alone = [velocities(optimizers.Momentum, row, momentum=gamma)[-1] for row in np.eye(3)]
    close(example, "coeffs_v3", alone)
    weights = []
    for optimizer in (partial(optimizers.Momentum, momentum=0.0), optimizers.SGD):
        torch.manual_seed(0)
        model = _Line(3, 1).double()
        moving = optimizer(model.parameters(), lr=0.1)
        for _ in range(5):
            moving.zero_grad()
            model(torch.tensor([[1.0, -2.0, 0.5]]).double()).square().sum().backward()
            moving.step()
        weights.append(model.weight.detach())
    assert torch.allclose(*weights, rtol=0, atol=1e-15) == example["expected"]["beta0_equals_gd"]


def _walk(optimizer, steps=3):
    """Return where the weight is after each step on f(w) = w^2."""
    example = course.worked("WE-38")
    weight = torch.tensor([float(example["inputs"]["w0"])], dtype=torch.float64, requires_grad=True)
    moving = optimizer([weight])
    path = []
    for _ in range(steps):
        moving.zero_grad()
        (weight**2).sum().backward()
        moving.step()
        if isinstance(moving, optimizers.Nesterov):
            with moving.landed():
                path.append(weight.item())
        else:
            path.append(weight.item())
    return path


INPUTS = course.worked("WE-38")["inputs"]
RATE = {"lr": INPUTS["lr"]}
EPS = {"eps": INPUTS["eps"]}


@pytest.mark.course("OPT-03", "OPT-04", "OPT-06", "OPT-07", "OPT-08", "OPT-09", "WE-38")
@pytest.mark.parametrize(
    ("key", "optimizer"),
    [
        ("gd", partial(optimizers.SGD, **RATE)),
        ("momentum", partial(optimizers.Momentum, momentum=INPUTS["momentum"], **RATE)),
        ("momentum", partial(optimizers.SGD, momentum=INPUTS["momentum"], **RATE)),
        ("nag", partial(optimizers.Nesterov, momentum=INPUTS["momentum"], **RATE)),
        ("adagrad_eps_in", partial(optimizers.AdagradEpsilonInside, **EPS, **RATE)),
        ("adagrad_eps_out", partial(optimizers.Adagrad, **EPS, **RATE)),
        ("rmsprop_eps_in", partial(optimizers.RMSpropEpsilonInside, beta=INPUTS["rms_beta"], **EPS, **RATE)),
        ("rmsprop_eps_out", partial(optimizers.RMSprop, alpha=INPUTS["rms_beta"], **EPS, **RATE)),
        ("adam_b2_0_99_eps_in", partial(optimizers.AdamEpsilonInside, betas=(INPUTS["beta1"], 0.99), **EPS, **RATE)),
        ("adam_b2_0_999_eps_out", partial(optimizers.Adam, betas=(INPUTS["beta1"], 0.999), **EPS, **RATE)),
        ("adadelta", partial(optimizers.Adadelta, **INPUTS["adadelta"])),
    ],
)
def test_we_38_three_steps_of_each(key, optimizer):
    close(course.worked("WE-38"), key, _walk(optimizer))


@pytest.mark.course("WE-38")
def test_we_38_torchs_nesterov_walks_along_the_look_ahead_points():
    example = course.worked("WE-38")
    torchs = _walk(partial(optimizers.NesterovTorch, momentum=INPUTS["momentum"], **RATE))
    landed = [1.0, *example["expected"]["nag"]]
    ahead = [now + INPUTS["momentum"] * (now - before) for before, now in pairwise(landed)]
    np.testing.assert_allclose(torchs, ahead, rtol=0, atol=1e-12)
    assert np.abs(np.subtract(torchs, landed[1:])).min() > 0.05


@pytest.mark.course(
    "GD-14",
    "WE-49",
    verdict="holds",
    seen="at the saddle of x^2 - y^2 the gradient is 0 and the step of every optimizer is 0; the Hessian's "
    "eigenvalues are 2 and -2",
)
@pytest.mark.parametrize(
    "name", ["SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adadelta", "Adam", "AdaptiveGains"]
)
def test_we_49_a_saddle_point_stalls(name):
    example = course.worked("WE-49")
    weights = torch.tensor(example["inputs"]["start"], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(optimizers, name)([weights], lr=example["inputs"]["lr"])
    height = surface("saddle")
    height(weights[0], weights[1]).backward()
    close(example, "grad", weights.grad)
    optimizer.step()
    close(example, "w_new", weights)
    hessian = torch.autograd.functional.hessian(lambda w: height(w[0], w[1]), weights.detach())
    close(example, "hessian_eigenvalues", torch.linalg.eigvalsh(hessian).flip(0))


@pytest.mark.course(
    "OPT-13",
    "WE-54",
    verdict="holds",
    seen="(3, 4) becomes (0.6, 0.8) at norm 1, in the same direction, and (2, 2) at value 2, in another",
    file="src/glasswork/learning/clip_norm.py",
)
def test_we_54_clipping():
    example = course.worked("WE-54")
    g, bound, size = (example["inputs"][key] for key in ("g", "max_norm", "clip_value"))
    by_norm, by_value = (torch.tensor(g, dtype=torch.float64) for _ in range(2))
    assert clip_norm([by_norm], bound).item() == 5
    clip_value([by_value], size)
    close(example, "by_norm", by_norm)
    close(example, "by_value", by_value)
    close(example, "by_norm", clip_norm_formula(torch.tensor(g, dtype=torch.float64), bound))
    close(example, "by_value", clip_value_formula(torch.tensor(g, dtype=torch.float64), size))
    direction = torch.tensor(g, dtype=torch.float64) / 5
    assert torch.dot(by_norm / by_norm.norm(), direction).item() == pytest.approx(1)
    assert torch.dot(by_value / by_value.norm(), direction).item() < 0.995
