"""The course's worked numbers about losses, made by the parts themselves."""

import pytest
import torch
from torch.nn import functional

from glasswork import course, losses
from glasswork.activations import Sigmoid
from suite import close


def _numbers(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.course("WE-08", "LOSS-01")
def test_marks():
    example = course.worked("WE-08")
    close(
        example,
        "loss",
        losses.absolute_error(
            _numbers([float(example["inputs"]["obtained"])]), _numbers([float(example["inputs"]["true"])])
        ),
    )


def _two_classes(p):
    return torch.stack([1 - p, p], dim=-1).log()


@pytest.mark.course("WE-34")
def test_reference_values_of_every_loss():
    example = course.worked("WE-34")
    given, expected = example["inputs"], dict(example["expected"])
    y, yhat = _numbers(given["y"]), _numbers(given["yhat"])
    y_bin, p = _numbers(given["y_bin"]), _numbers(given["p"])
    scores, signs = _numbers(given["scores"]), _numbers(given["y_pm1"])
    log_q = _numbers(expected.pop("cce_p")).log().unsqueeze(0)
    true, believed = (_numbers(shares).unsqueeze(0) for shares in expected.pop("kl_inputs"))
    assert expected.pop("triplet_inputs") == "squared distances d(a,p)=1, d(a,n)=4, margin 1"
    a, one, two, near = (_numbers([[x]]) for x in (0.0, 1.0, 2.0, 0.5**0.5))  # squared distances 1, 4 and 1/2
    found = {
        "mse": losses.squared_error(yhat, y),
        "mae": losses.absolute_error(yhat, y),
        "mape": losses.absolute_percentage_error(yhat, y),
        "huber_delta1": losses.huber(yhat, y, delta=given["delta"]),
        "huber_per_sample": losses.huber(yhat, y, delta=given["delta"], reduction="none"),
        "logcosh": losses.log_cosh(yhat, y),
        "quantile_tau_0_9": losses.quantile(yhat, y, tau=given["tau"]),
        "bce": losses.binary_cross_entropy_from_probabilities(p, y_bin),
        "cce_onehot_class0": losses.cross_entropy(log_q, _numbers([[1.0, 0.0, 0.0]])),
        "sparse_cce_class0": losses.cross_entropy(log_q, torch.tensor([0])),
        "focal_gamma2_no_alpha": losses.focal(_two_classes(p), y_bin.long(), gamma=given["gamma"]),
        "focal_gamma0_equals_bce": losses.focal(_two_classes(p), y_bin.long(), gamma=0.0),
        "hinge": losses.hinge(scores, signs),
        "perceptron_criterion": losses.perceptron_criterion(scores, signs),
        "exponential": losses.exponential(scores, signs),
        "kl_p_q": losses.kl_divergence(believed.log(), true),
        "triplet_margin1": losses.squared_triplet(a, one, two, margin=1.0),
        "triplet_active": losses.squared_triplet(a, one, near, margin=1.0),
    }
    assert set(found) == set(expected)
    for key, value in found.items():
        close(example, key, value)
    close(example, "bce", losses.binary_cross_entropy(torch.logit(p), y_bin))
    close(example, "triplet_margin1", losses.triplet(a, one, two, margin=1.0))


@pytest.mark.course("WE-35", "LOSS-08")
def test_slope_of_sigmoid_and_binary_cross_entropy():
    example = course.worked("WE-35")
    z = _numbers([example["inputs"]["z"]]).requires_grad_()
    y = _numbers([float(example["inputs"]["y"])])
    a = Sigmoid()(z)
    close(example, "a", a.squeeze())
    (da_dz,) = torch.autograd.grad(a.sum(), z, retain_graph=True)
    close(example, "da_dz", da_dz.squeeze())
    loss = losses.binary_cross_entropy_from_probabilities(a, y)
    (dl_da,) = torch.autograd.grad(loss, a, retain_graph=True)
    close(example, "dL_da", dl_da.squeeze())
    for whole in (loss, losses.binary_cross_entropy(z, y)):
        (dl_dz,) = torch.autograd.grad(whole, z, retain_graph=True)
        close(example, "dL_dz", dl_dz.squeeze())


@pytest.mark.course("WE-48", "NL-12")
def test_perceptron_criterion_and_its_gradient():
    example = course.worked("WE-48")
    rows, y = _numbers(example["inputs"]["X"]), _numbers(example["inputs"]["y"])
    w, b = _numbers([example["inputs"]["w"]]).requires_grad_(), _numbers([example["inputs"]["b"]]).requires_grad_()
    f = functional.linear(rows, w, b).squeeze(1)
    close(example, "f", f)
    loss = losses.perceptron_criterion(f, y)
    close(example, "loss", loss)
    loss.backward()
    close(example, "dw", w.grad.squeeze(0))
    close(example, "db", b.grad.squeeze(0))
