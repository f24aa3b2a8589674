"""One suite over all losses: kernel against formula and torch, how they behave as parts, and what they refuse."""

import copy

import pytest
import torch
from torch.nn import functional

from glasswork import catalog, losses
from glasswork.errors import RangeError, ShapeError

NAMES = [name for name in catalog.names("losses") if name != "scaled_loss"]
CLASSES = ("cross_entropy", "focal")


def _example(name, dtype=torch.float64, shape=(7,)):
    generator = torch.Generator().manual_seed(3)
    if name in CLASSES:
        logits = 3 * torch.randn(*shape, 4, generator=generator, dtype=torch.float64)
        return logits.to(dtype), torch.randint(4, shape, generator=generator)
    predictions = 3 * torch.randn(*shape, 2, generator=generator, dtype=torch.float64)
    targets = torch.rand(*shape, 2, generator=generator, dtype=torch.float64)
    return predictions.to(dtype), targets.to(dtype)


def _log_cosh(p, t):
    return torch.log(torch.cosh(p - t)).mean()


def _focal(z, y, gamma=2.0, class_weight=None):
    p = torch.softmax(z, -1).gather(-1, y[..., None])[..., 0]
    weight = 1 if class_weight is None else class_weight[y]
    return (-weight * (1 - p) ** gamma * p.log()).mean()


W = torch.tensor([0.5, 2.0, 1.0, 3.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "settings", "reference"),
    [
        ("huber", {}, functional.huber_loss),
        ("huber", {"delta": 0.3}, lambda p, t: functional.huber_loss(p, t, delta=0.3)),
        ("huber", {"delta": 0.3}, lambda p, t: losses.huber_formula(p, t, delta=0.3)),
        ("squared_error", {}, functional.mse_loss),
        ("squared_error", {}, losses.squared_error_formula),
        ("absolute_error", {}, functional.l1_loss),
        ("absolute_error", {}, losses.absolute_error_formula),
        ("log_cosh", {}, _log_cosh),
        ("binary_cross_entropy", {}, functional.binary_cross_entropy_with_logits),
        ("binary_cross_entropy", {}, losses.binary_cross_entropy_formula),
        (
            "binary_cross_entropy",
            {"positive_weight": 3.0},
            lambda p, t: losses.binary_cross_entropy_formula(p, t, positive_weight=3.0),
        ),
        ("cross_entropy", {}, functional.cross_entropy),
        ("cross_entropy", {}, losses.cross_entropy_formula),
        (
            "cross_entropy",
            {"class_weight": W, "label_smoothing": 0.2},
            lambda p, t: functional.cross_entropy(p, t, weight=W, label_smoothing=0.2),
        ),
        (
            "cross_entropy",
            {"class_weight": W, "label_smoothing": 0.2},
            lambda p, t: losses.cross_entropy_formula(p, t, class_weight=W, label_smoothing=0.2),
        ),
        ("focal", {}, _focal),
        ("focal", {"gamma": 0.5, "class_weight": W}, lambda p, t: _focal(p, t, 0.5, W)),
        ("focal", {"gamma": 0.0}, functional.cross_entropy),
    ],
)
def test_same_value_and_gradient_as_the_reference(name, settings, reference):
    ours, targets = _example(name)
    ours.requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    a = getattr(losses, name)(ours, targets, **settings)
    b = reference(theirs, targets)
    a.backward()
    b.backward()
    torch.testing.assert_close((a, ours.grad), (b, theirs.grad), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_module_behaves(name):
    module = catalog.find("losses", name)()
    predictions, targets = _example(name, torch.float32)
    expected = module(predictions, targets)
    assert expected.shape == ()
    assert torch.equal(getattr(losses, name)(predictions, targets), expected)
    twin = copy.deepcopy(module)
    twin.load_state_dict(module.state_dict())
    assert torch.equal(twin(predictions, targets), expected)
    torch.testing.assert_close(torch.compile(module, backend="aot_eager")(predictions, targets), expected)
    half = targets if name in CLASSES else targets.bfloat16()
    torch.testing.assert_close(module(predictions.bfloat16(), half).float(), expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_more_dimensions_are_one_long_list(name):
    predictions, targets = _example(name, shape=(3, 2, 5))
    function = getattr(losses, name)
    flat = function(predictions.flatten(0, 2), targets.flatten(0, 2))
    torch.testing.assert_close(function(predictions, targets), flat)


@pytest.mark.parametrize("name", NAMES)
def test_far_off_stays_finite(name):
    predictions, targets = _example(name, torch.float32)
    huge = (1e4 * predictions.sign()).requires_grad_()
    getattr(losses, name)(huge, targets).backward()
    assert huge.grad.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_of_nothing_is_refused(name):
    predictions, targets = _example(name)
    with pytest.raises(ShapeError, match=rf"{name}: \w+ must hold at least one element, got shape \(0, "):
        getattr(losses, name)(predictions[:0], targets[:0])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CLASSES])
def test_broadcasting_is_refused(name):
    with pytest.raises(ShapeError, match=rf"{name}: shapes must be equal, .* Try targets\.reshape\(8, 1\)\."):
        getattr(losses, name)(torch.zeros(8, 1), torch.zeros(8))


@pytest.mark.parametrize("name", CLASSES)
def test_classes_that_make_no_sense_are_refused(name):
    function = getattr(losses, name)
    with pytest.raises(RangeError, match=rf"{name}: targets must be whole numbers, got float32\. Try targets\.long"):
        function(torch.zeros(2, 3), torch.zeros(2))
    with pytest.raises(ShapeError, match=rf"{name}: shapes must be equal"):
        function(torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("target", [-100, -1, 3])
def test_cross_entropy_leaves_out_no_label(target):
    with pytest.raises(IndexError):
        losses.cross_entropy(torch.zeros(1, 3), torch.tensor([target]))


@pytest.mark.parametrize("name", [*NAMES, "scaled_loss"])
def test_page_names_formula_and_source(name):
    entry = catalog.describe("losses", name)
    assert entry.formula
    assert entry.source
    assert ">>>" in entry.text
