"""One suite over all losses: kernel against formula and torch, how they behave as parts, and what they refuse."""

import copy

import pytest
import torch
from torch.nn import functional

from glasswork import catalog, losses
from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.learning import GradientDescent
from glasswork.records import Batch
from suite import check_behaves, check_same_kernels, check_twin

NAMES = [name for name in catalog.names("losses") if name != "scaled_loss"]
CLASSES = ("cross_entropy", "focal", "multi_class_hinge")
SIGNS = ("hinge", "squared_hinge", "perceptron_criterion", "exponential")
TRIPLETS = ("triplet", "squared_triplet")
GAMES = ("discriminator_loss", "minimax_generator_loss", "non_saturating_generator_loss")
PAIRS = [name for name in NAMES if name not in (*CLASSES, *TRIPLETS, *GAMES)]
WEIGHED = [name for name in NAMES if name not in GAMES]


def example(name, dtype=torch.float64, shape=(7,)):
    """Inputs of a loss for `shape` examples."""
    generator = torch.Generator().manual_seed(3)

    def normal(*sizes):
        return 3 * torch.randn(*shape, *sizes, generator=generator, dtype=torch.float64)

    if name in CLASSES:
        return normal(4).to(dtype), torch.randint(4, shape, generator=generator)
    if name in TRIPLETS:
        return tuple(normal(5).to(dtype) for _ in range(3))
    if name == "discriminator_loss":
        return normal(2).to(dtype), normal(2).to(dtype)
    if name in GAMES:
        return (normal(2).to(dtype),)
    predictions = normal(2)
    if name in SIGNS:
        return predictions.to(dtype), normal(2).sign().to(dtype)
    if name == "kl_divergence":
        return predictions.to(dtype), torch.softmax(normal(2), dim=-1).to(dtype)
    targets = torch.rand(*shape, 2, generator=generator, dtype=torch.float64)
    predictions = predictions.sigmoid() if name.endswith("probabilities") else predictions
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
        ("squared_error", {}, functional.mse_loss),
        ("absolute_error", {}, functional.l1_loss),
        ("log_cosh", {}, _log_cosh),
        ("quantile", {"tau": 0.2}, lambda p, t: torch.maximum(0.2 * (t - p), -0.8 * (t - p)).mean()),
        ("absolute_percentage_error", {}, lambda p, t: ((p - t) / t).abs().mean()),
        ("error_energy", {}, lambda p, t: functional.mse_loss(p, t)),  # two outputs: half the sum is the mean
        ("binary_cross_entropy", {}, functional.binary_cross_entropy_with_logits),
        (
            "binary_cross_entropy",
            {"positive_weight": 3.0},
            lambda p, t: functional.binary_cross_entropy_with_logits(p, t, pos_weight=torch.tensor(3.0).double()),
        ),
        ("binary_cross_entropy_from_probabilities", {}, functional.binary_cross_entropy),
        ("cross_entropy", {}, functional.cross_entropy),
        (
            "cross_entropy",
            {"class_weight": W, "label_smoothing": 0.2},
            lambda p, t: functional.cross_entropy(p, t, weight=W, label_smoothing=0.2),
        ),
        ("focal", {}, _focal),
        ("focal", {"gamma": 0.5, "class_weight": W}, lambda p, t: _focal(p, t, 0.5, W)),
        ("focal", {"gamma": 0.0}, functional.cross_entropy),
        ("kl_divergence", {}, lambda z, t: (t * (t.log() - torch.log_softmax(z, -1))).sum(-1).mean()),
        ("hinge", {}, lambda f, y: (1 - y * f).clamp(min=0).mean()),
        ("squared_hinge", {}, lambda f, y: ((1 - y * f).clamp(min=0) ** 2).mean()),
        ("perceptron_criterion", {}, lambda f, y: (-y * f).clamp(min=0).mean()),
        ("exponential", {}, lambda f, y: (-y * f).exp().mean()),
        ("multi_class_hinge", {}, functional.multi_margin_loss),
        ("triplet", {"margin": 2.0}, lambda a, p, n: functional.triplet_margin_loss(a, p, n, margin=2.0)),
        (
            "squared_triplet",
            {"margin": 9.0},
            lambda a, p, n: ((a - p).norm(dim=1) ** 2 - (a - n).norm(dim=1) ** 2 + 9).clamp(min=0).mean(),
        ),
        (
            "discriminator_loss",
            {},
            lambda r, f: (
                functional.binary_cross_entropy_with_logits(r, torch.ones_like(r))
                + functional.binary_cross_entropy_with_logits(f, torch.zeros_like(f))
            ),
        ),
        ("minimax_generator_loss", {}, lambda f: torch.log1p(-f.sigmoid()).mean()),
        ("non_saturating_generator_loss", {}, lambda f: -functional.logsigmoid(f).mean()),
    ],
)
def test_same_value_and_gradient_as_the_reference(name, settings, reference):
    inputs = example(name)
    fixed = inputs[1:] if name not in (*TRIPLETS, *GAMES) else ()
    function = getattr(losses, name)
    check_twin(
        lambda *own: function(*own, *fixed, **settings),
        lambda *own: reference(*own, *fixed),
        *inputs[: len(inputs) - len(fixed)],
    )


@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, {}) for name in NAMES]
    + [
        ("huber", {"delta": 0.3}),
        ("quantile", {"tau": 0.9}),
        ("quantile", {"tau": 0.01}),
        ("absolute_percentage_error", {"floor": 0.5}),
        ("binary_cross_entropy", {"positive_weight": 3.0}),
        ("cross_entropy", {"class_weight": W, "label_smoothing": 0.2}),
        ("focal", {"gamma": 0.5, "class_weight": W}),
        ("triplet", {"margin": 3.0}),
        ("squared_triplet", {"margin": 3.0}),
    ],
)
def test_kernel_and_formula_agree_in_value_and_gradient(name, settings):
    inputs = example(name)
    function, formula = getattr(losses, name), getattr(losses, f"{name}_formula")
    check_twin(lambda *own: function(*own, **settings), lambda *own: formula(*own, **settings), *inputs)


def test_dense_cross_entropy_is_its_formula():
    logits, _ = example("cross_entropy")
    shares = torch.softmax(logits.flip(0), dim=-1)
    for settings in ({}, {"class_weight": W}, {"class_weight": W, "label_smoothing": 0.3}):
        check_twin(
            lambda z, settings=settings: losses.cross_entropy(z, shares, **settings),
            lambda z, settings=settings: losses.cross_entropy_formula(z, shares, **settings),
            logits,
        )


@pytest.mark.parametrize("name", NAMES)
def test_part_behaves(name):
    inputs = example(name, torch.float32)
    check_behaves(catalog.find("losses", name)(), *inputs, batch=False)
    expected = getattr(losses, name)(*inputs)
    assert expected.shape == ()
    assert torch.equal(catalog.find("losses", name)()(*inputs), expected)


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_near(name):
    inputs = example(name, torch.float32)
    lower = [one.bfloat16() if one.is_floating_point() else one for one in inputs]
    got, expected = getattr(losses, name)(*lower).float(), getattr(losses, name)(*inputs)
    torch.testing.assert_close(got, expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("name", WEIGHED)
def test_a_weight_counts_an_example_as_often(name):
    inputs, function = example(name), getattr(losses, name)
    times = torch.tensor([2, 0, 1, 3, 1, 1, 5])
    repeated = [one.repeat_interleave(times, dim=0) for one in inputs]
    check_twin(
        lambda first: function(first, *inputs[1:], weights=times.double()),
        lambda first: function(first.repeat_interleave(times, dim=0), *repeated[1:]),
        inputs[0],
    )
    module = catalog.find("losses", name)()
    torch.testing.assert_close(module(*inputs, weights=times.double()), module(*repeated), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(function(*inputs, weights=torch.ones(7)), function(*inputs), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dense", [False, True])
def test_example_and_class_weights_multiply(dense):
    logits, targets = example("cross_entropy")
    own = functional.one_hot(targets, 4).double() if dense else targets
    weights = torch.tensor([2.0, 0.5, 1.0, 3.0, 1.0, 0.0, 5.0]).double()
    surprise = -torch.log_softmax(logits, -1).gather(1, targets[:, None])[:, 0]
    both = weights * W[targets]
    got = losses.cross_entropy(logits, own, class_weight=W, weights=weights)
    torch.testing.assert_close(got, (both * surprise).sum() / both.sum(), rtol=1e-12, atol=1e-12)


def test_weights_of_sequences():
    # Two sequences of three tokens; the second counts threefold: (1 * mean of its tokens + 3 * mean) / 4.
    logits, targets = example("cross_entropy", shape=(2, 3))
    each = [losses.cross_entropy(logits[i], targets[i]) for i in range(2)]
    got = losses.cross_entropy(logits, targets, weights=torch.tensor([1.0, 3.0]))
    torch.testing.assert_close(got, (each[0] + 3 * each[1]) / 4, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", WEIGHED)
def test_reductions_agree(name):
    inputs, function = example(name), getattr(losses, name)
    weights = torch.tensor([2.0, 0.5, 1.0, 3.0, 1.0, 0.0, 5.0]).double()
    each = function(*inputs, reduction="none")
    assert each.shape[0] == 7
    torch.testing.assert_close(each.sum(), function(*inputs, reduction="sum"), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(each.mean(), function(*inputs), rtol=1e-12, atol=1e-12)
    weighed = function(*inputs, weights=weights, reduction="none")
    torch.testing.assert_close(weighed, each * weights.reshape(-1, *(1,) * (each.dim() - 1)), rtol=1e-12, atol=1e-12)
    total = function(*inputs, weights=weights, reduction="sum")
    torch.testing.assert_close(total, weighed.sum(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in WEIGHED if n not in ("error_energy", "multi_class_hinge")])
def test_more_dimensions_are_one_long_list(name):
    inputs = example(name, shape=(3, 2, 5))
    function = getattr(losses, name)
    flat = function(*(one.flatten(0, 2) for one in inputs))
    torch.testing.assert_close(function(*inputs), flat)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in ("exponential", "binary_cross_entropy_from_probabilities")]
)
def test_far_off_stays_finite(name):
    first, *others = example(name, torch.float32)
    huge = (1e4 * first.sign()).requires_grad_()
    loss = getattr(losses, name)(huge, *others)
    loss.backward()
    assert loss.isfinite()
    assert huge.grad.isfinite().all()


def test_a_sure_error_stays_finite_from_probabilities():
    # log 0 counts as -100.
    loss = losses.binary_cross_entropy_from_probabilities(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 1.0]))
    assert loss.item() == 50.0


OWN_KERNELS = {
    "squared_error": functional.mse_loss,
    "absolute_error": functional.l1_loss,
    "huber": functional.huber_loss,
    "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
    "binary_cross_entropy_from_probabilities": functional.binary_cross_entropy,
    "cross_entropy": lambda z, t: functional.cross_entropy(z, t, ignore_index=-5),
    "multi_class_hinge": functional.multi_margin_loss,
    "triplet": functional.triplet_margin_loss,
    "kl_divergence": lambda z, t: functional.kl_div(torch.log_softmax(z, -1), t, reduction="batchmean"),
    "error_energy": lambda p, t: (0.5 / 7) * functional.mse_loss(p, t, reduction="sum"),
}


@pytest.mark.parametrize("name", OWN_KERNELS)
def test_kernel_is_torchs_own(name):
    first, *others = example(name, torch.float32)
    fixed = others if name != "triplet" else ()
    rest = others if name == "triplet" else ()
    ours, theirs = getattr(losses, name), OWN_KERNELS[name]
    check_same_kernels(lambda *own: ours(*own, *fixed), lambda *own: theirs(*own, *fixed), first, *rest)


def test_dense_targets_take_torchs_kernel_too():
    logits, _ = example("cross_entropy", torch.float32)
    shares = torch.softmax(logits.flip(0), -1)
    check_same_kernels(
        lambda z: losses.cross_entropy(z, shares),
        lambda z: functional.cross_entropy(z, shares, ignore_index=-5),
        logits,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_of_nothing_is_refused(name):
    inputs = example(name)
    with pytest.raises(ShapeError, match=rf"{name}: \w+ must hold at least one element, got shape \(0, "):
        getattr(losses, name)(*(one[:0] for one in inputs))


@pytest.mark.parametrize("name", PAIRS)
def test_broadcasting_is_refused(name):
    with pytest.raises(ShapeError, match=rf"{name}: shapes must be equal, .* Try targets\.reshape\(8, 1\)\."):
        getattr(losses, name)(torch.zeros(8, 1), torch.zeros(8))


@pytest.mark.parametrize("name", CLASSES)
def test_classes_that_make_no_sense_are_refused(name):
    function = getattr(losses, name)
    with pytest.raises(RangeError, match=rf"{name}: targets must be whole numbers, got float32\. Try targets\.long"):
        function(torch.zeros(2, 3), torch.zeros(2))
    with pytest.raises(ShapeError, match=rf"{name}: (shapes must be equal|targets must have size 2)"):
        function(torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("target", [-100, -1, 3])
def test_cross_entropy_leaves_out_no_label(target):
    with pytest.raises(IndexError):
        losses.cross_entropy(torch.zeros(1, 3), torch.tensor([target]))


@pytest.mark.parametrize("name", WEIGHED)
def test_weights_that_fit_no_example_are_refused(name):
    inputs = example(name)
    with pytest.raises(ShapeError, match=rf"{name}: weights must have size 7 in dimension 0, got shape \(3,\)\."):
        getattr(losses, name)(*inputs, weights=torch.ones(3))
    with pytest.raises(ShapeError, match=rf"{name}: weights must be one an example, \(7,\), got shape \(7, 2\)\."):
        getattr(losses, name)(*inputs, weights=torch.ones(7, 2))


@pytest.mark.parametrize("name", WEIGHED)
def test_unknown_reductions_are_refused(name):
    with pytest.raises(UnknownNameError, match=rf"{name}: no reduction 'avg'; .*Known: mean, sum, none\."):
        getattr(losses, name)(*example(name), reduction="avg")


@pytest.mark.parametrize(
    ("part", "settings", "text"),
    [
        ("Quantile", {"tau": 0.0}, r"Quantile: tau must be > 0, got tau=0\.0\."),
        ("Quantile", {"tau": 1.0}, r"Quantile: tau must be in \[0, 1\), got tau=1\.0\."),
        ("AbsolutePercentageError", {"floor": 0}, r"AbsolutePercentageError: floor must be > 0, got floor=0\."),
        ("Triplet", {"margin": -1}, r"Triplet: margin must be >= 0, got margin=-1\."),
        ("SquaredTriplet", {"margin": -1}, r"SquaredTriplet: margin must be >= 0, got margin=-1\."),
        ("BinaryCrossEntropy", {"positive_weight": 0}, r"BinaryCrossEntropy: positive_weight must be > 0"),
        ("Focal", {"gamma": -1}, r"Focal: gamma must be >= 0, got gamma=-1\."),
    ],
)
def test_settings_out_of_range_are_refused(part, settings, text):
    with pytest.raises(RangeError, match=text):
        getattr(losses, part)(**settings)


def test_settings_are_remembered():
    inputs = example("huber")
    assert losses.Huber(delta=0.3)(*inputs) == losses.huber(*inputs, delta=0.3) != losses.huber(*inputs)
    assert losses.Quantile(tau=0.9)(*inputs) == losses.quantile(*inputs, tau=0.9) != losses.quantile(*inputs)
    floor = losses.AbsolutePercentageError(floor=0.5)
    assert floor(*inputs) == losses.absolute_percentage_error(*inputs, floor=0.5)
    assert floor(*inputs) != losses.absolute_percentage_error(*inputs)
    threes = example("triplet")
    assert losses.Triplet(margin=3.0)(*threes) == losses.triplet(*threes, margin=3.0) != losses.triplet(*threes)
    squared = losses.SquaredTriplet(margin=3.0)(*threes)
    assert squared == losses.squared_triplet(*threes, margin=3.0) != losses.squared_triplet(*threes)


def test_modules_hold_no_state_but_class_weights():
    for name in NAMES:
        module = copy.deepcopy(catalog.find("losses", name)())
        assert list(module.parameters()) == []
        assert list(module.state_dict()) == []
    assert list(losses.CrossEntropy(class_weight=[1.0, 2.0]).state_dict()) == ["class_weight"]


@pytest.mark.parametrize("name", [*NAMES, "scaled_loss"])
def test_page_names_formula_and_source(name):
    entry = catalog.describe("losses", name)
    assert entry.formula
    assert entry.source
    assert ">>>" in entry.text
    if name != "scaled_loss":  # a wrapper, which the course does not name
        assert entry.course
        assert entry.derivative
        assert entry.derivative != entry.formula
        assert "Units:" in entry.text


@pytest.mark.parametrize("name", ["cross_entropy", "squared_error", "huber"])
def test_gradient_descent_uses_the_weights_of_a_batch(name):
    inputs, targets = torch.randn(6, 3), torch.randn(6, 4)
    if name in CLASSES:
        targets = torch.randint(4, (6,))
    times = torch.tensor([3, 0, 1, 1, 2, 1])
    moved = []
    for weights, rows in ((times.float(), torch.arange(6)), (None, torch.arange(6).repeat_interleave(times))):
        model = torch.nn.Linear(3, 4)
        with torch.no_grad():
            model.weight.fill_(0.1)
            model.bias.zero_()
        learner = GradientDescent(model, catalog.find("losses", name)(), torch.optim.SGD(model.parameters(), lr=0.1))
        learner.step(Batch({"input": inputs[rows]}, targets[rows], weights=weights))
        moved.append(model.weight.detach())
    torch.testing.assert_close(*moved)


@pytest.mark.parametrize("name", ["cross_entropy", "focal", "kl_divergence"])
def test_classes_need_a_dimension(name):
    targets = torch.tensor(1.0) if name == "kl_divergence" else torch.tensor(0)
    with pytest.raises(ShapeError, match=rf"{name}: logits must have 2 dimensions, got shape \(\)\."):
        getattr(losses, name)(torch.tensor(1.0), targets)


@pytest.mark.parametrize("name", [name for name in PAIRS if name not in SIGNS and "binary" not in name])
def test_whole_numbers_are_targets_too(name):
    predictions, _ = example(name, torch.float32)
    targets = torch.randint(0, 3, predictions.shape)
    function = getattr(losses, name)
    torch.testing.assert_close(function(predictions, targets), function(predictions, targets.float()))
