"""What a course says about losses, put to the test where mathematics settles it."""

import inspect
import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from glasswork import catalog, course, losses, regularizers
from glasswork.activations import LogSoftmax, Sigmoid, Softmax

NUMBERS = st.lists(st.floats(-20, 20), min_size=3, max_size=12)


def _numbers(values):
    return torch.as_tensor(values, dtype=torch.float64)


def _constants(loss, targets, grid):
    """The cost of each constant prediction."""
    return torch.stack([loss(torch.full_like(targets, c), targets) for c in grid.tolist()])


def _slope(loss, error):
    e = _numbers([error]).requires_grad_()
    loss(e, torch.zeros_like(e)).backward()
    return e.grad.item()


@pytest.mark.course(
    "LOSS-01", verdict="holds", seen="the cost is the mean of the losses; their sum is n times as large, for n = 7"
)
@pytest.mark.parametrize("name", ["squared_error", "absolute_error", "huber", "log_cosh", "hinge", "exponential"])
def test_cost_is_the_mean_of_losses(name):
    loss = getattr(losses, name)
    predictions, targets = torch.randn(7, dtype=torch.float64), torch.ones(7, dtype=torch.float64)
    each = loss(predictions, targets, reduction="none")
    assert each.shape == (7,)
    torch.testing.assert_close(loss(predictions, targets), each.mean())
    torch.testing.assert_close(loss(predictions, targets, reduction="sum"), 7 * loss(predictions, targets))


@pytest.mark.course(
    "LOSS-02",
    verdict="holds under conditions",
    seen="never below 0, differentiable, scaled by c^2 when targets are scaled by c; one outlier moves its best "
    "constant from 2.5 to 22, the absolute error's from 2.5 to 3; one minimum in the prediction, two in a "
    "network's two weights",
)
def test_squared_error():
    clean, dirty = _numbers([1.0, 2.0, 3.0, 4.0]), _numbers([1.0, 2.0, 3.0, 4.0, 100.0])
    grid = torch.linspace(0, 30, 301, dtype=torch.float64)
    squared = [grid[_constants(losses.squared_error, y, grid).argmin()].item() for y in (clean, dirty)]
    assert squared == pytest.approx([2.5, 22.0])
    absolute = _constants(losses.absolute_error, dirty, grid)
    assert grid[absolute.argmin()].item() == pytest.approx(3.0)
    cost = _constants(losses.squared_error, dirty, grid)
    assert (cost >= 0).all()
    assert (cost.diff().diff() > 0).all()  # convex in the prediction
    p, t = torch.randn(9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    torch.testing.assert_close(losses.squared_error(7 * p, 7 * t), 49 * losses.squared_error(p, t))
    # y = w2 * w1 * x with the target x: minima at w1 = w2 = 1 and -1, a saddle of cost 1 between.
    x = _numbers([1.0, -1.0])
    along = [losses.squared_error(w * w * x, x).item() for w in (-1.0, 0.0, 1.0)]
    assert along == [0.0, 1.0, 0.0]


@pytest.mark.course(
    "LOSS-03",
    verdict="holds",
    seen="its best constant is the median, it scales as the target does, over and under cost the same, slope -1 or 1 "
    "whatever the size; only at error 0 is there no derivative, and 0 is taken",
)
@given(NUMBERS)
def test_absolute_error(values):
    y = _numbers(values)
    median = losses.absolute_error(torch.full_like(y, y.median().item()), y)
    assert (_constants(losses.absolute_error, y, y) >= median - 1e-9).all()
    p = y.flip(0)
    torch.testing.assert_close(losses.absolute_error(5 * p, 5 * y), 5 * losses.absolute_error(p, y))
    torch.testing.assert_close(losses.absolute_error(y + 3, y), losses.absolute_error(y - 3, y))
    assert [_slope(losses.absolute_error, e) for e in (-50.0, -1e-9, 0.0, 1e-9, 50.0)] == [-1, -1, 0, 1, 1]


@pytest.mark.course(
    "LOSS-04",
    verdict="does not hold",
    seen="it is not the mean absolute error: it does not change with the unit, and is 0.7 where that is 37.7; an "
    "actual value of 0 is guarded by a floor",
)
def test_absolute_percentage_error():
    actual, forecast = _numbers([50.0, 100.0, -10.0]), _numbers([75.0, 20.0, -2.0])
    share = losses.absolute_percentage_error(forecast, actual)
    assert share.item() == pytest.approx((0.5 + 0.8 + 0.8) / 3)
    assert losses.absolute_error(forecast, actual).item() == pytest.approx((25 + 80 + 8) / 3)  # 37.7
    torch.testing.assert_close(losses.absolute_percentage_error(1000 * forecast, 1000 * actual), share)
    zero = losses.absolute_percentage_error(_numbers([3.0]), _numbers([0.0]), floor=1.0)
    assert zero.item() == 3.0
    assert losses.absolute_percentage_error(_numbers([3.0]), _numbers([0.0])).isfinite()


@pytest.mark.course(
    "LOSS-05",
    verdict="holds",
    seen="value and slope meet at delta; half the squared error for a large delta, delta times the absolute error for"
    " a small one; one outlier moves its best constant from 2.5 to 3, the squared error's to 22",
)
@pytest.mark.parametrize("delta", [0.5, 1.0, 3.0])
def test_huber(delta):
    def huber(p, t):
        return losses.huber(p, t, delta=delta)

    zero, nearly, beyond = _numbers([0.0]), _numbers([delta - 1e-9]), _numbers([delta + 1e-9])
    assert huber(nearly, zero).item() == pytest.approx(huber(beyond, zero).item(), abs=1e-8)
    assert _slope(huber, delta - 1e-9) == pytest.approx(_slope(huber, delta + 1e-9), abs=1e-8)
    p, t = torch.randn(9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    torch.testing.assert_close(losses.huber(p, t, delta=1e3), losses.squared_error(p, t) / 2)
    tiny = losses.huber(p, t, delta=1e-6)
    torch.testing.assert_close(tiny / 1e-6, losses.absolute_error(p, t), rtol=1e-5, atol=1e-5)
    dirty, grid = _numbers([1.0, 2.0, 3.0, 4.0, 100.0]), torch.linspace(0, 30, 3001, dtype=torch.float64)
    clean = dirty[:4]
    assert grid[_constants(losses.huber, clean, grid).argmin()].item() == pytest.approx(2.5)
    assert grid[_constants(losses.huber, dirty, grid).argmin()].item() == pytest.approx(3.0)
    assert grid[_constants(losses.squared_error, dirty, grid).argmin()].item() == pytest.approx(22)


@pytest.mark.course(
    "HP-17", verdict="holds", seen="Huber's delta and the strengths of L1, L2 and elastic net are settings"
)
def test_hyper_parameters_are_settings():
    assert [(one.name, one.default) for one in catalog.signature("losses", "huber")] == [("delta", 1.0)]
    p, t = _numbers([5.0]), _numbers([0.0])
    assert [losses.Huber(delta=d)(p, t).item() for d in (1.0, 2.0)] == [4.5, 8.0]
    weights = [_numbers([3.0, -4.0])]
    for name in ("l1", "l2", "elastic_net"):
        assert "strength" in [one.name for one in catalog.signature("regularizers", name)]
        penalty = getattr(regularizers, name)
        torch.testing.assert_close(penalty(weights, strength=0.2), 2 * penalty(weights, strength=0.1))


@pytest.mark.course("LOSS-06", verdict="holds", seen="e^2/2 near 0, |e| - log 2 far off, finite at 1e30 with slope 1")
def test_log_cosh():
    zero = _numbers([0.0])
    for e in (1e-2, -1e-3):
        assert losses.log_cosh(_numbers([e]), zero).item() == pytest.approx(e * e / 2, rel=1e-4)
    for e in (20.0, -500.0, 1e30):
        assert losses.log_cosh(_numbers([e]), zero).item() == pytest.approx(abs(e) - math.log(2), rel=1e-14)
    assert losses.log_cosh(torch.tensor([1e30]), torch.zeros(1)).isfinite()
    assert _slope(losses.log_cosh, 1e30) == 1


@pytest.mark.course(
    "LOSS-07",
    verdict="holds",
    seen="its best constant is the quantile, at 0.1, 0.5 and 0.9; half the absolute error at 0.5",
)
@pytest.mark.parametrize("tau", [0.1, 0.5, 0.9])
def test_quantile(tau):
    y = torch.randn(101, dtype=torch.float64)
    cost = _constants(lambda p, t: losses.quantile(p, t, tau=tau), y, y)
    assert y[cost.argmin()].item() == pytest.approx(torch.quantile(y, tau).item())
    p = torch.randn(101, dtype=torch.float64)
    torch.testing.assert_close(losses.quantile(p, y, tau=0.5), losses.absolute_error(p, y) / 2)


@pytest.mark.course(
    "LOSS-08",
    verdict="holds under conditions",
    seen="minus the mean log-likelihood of Bernoulli trials, both branches; from probabilities the gradient is lost "
    "at a logit of 40, from logits it is 1 even at 1000",
)
def test_binary_cross_entropy():
    p, y = _numbers([0.9, 0.2, 0.6]), _numbers([1.0, 0.0, 0.0])
    likelihood = torch.distributions.Bernoulli(probs=p).log_prob(y)
    torch.testing.assert_close(losses.binary_cross_entropy_from_probabilities(p, y), -likelihood.mean())
    each = losses.binary_cross_entropy_from_probabilities(p, y, reduction="none")
    torch.testing.assert_close(each, -torch.stack([p[0], 1 - p[1], 1 - p[2]]).log())

    def slope(logit, loss):
        z = torch.tensor([logit]).requires_grad_()
        value = loss(z)
        value.backward()
        return value.item(), z.grad.item()

    wrong = torch.zeros(1)
    assert slope(1000.0, lambda z: losses.binary_cross_entropy(z, wrong)) == (1000.0, 1.0)
    lost = slope(40.0, lambda z: losses.binary_cross_entropy_from_probabilities(Sigmoid()(z), wrong))
    assert lost[1] == 0.0


LOGITS = _numbers([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0], [2.0, 2.0, 2.5], [-1.0, 0.0, 4.0]])
LABELS = torch.tensor([0, 1, 0, 1])


@pytest.mark.course(
    "LOSS-09",
    verdict="does not hold",
    seen="with the minus it is the negative log-likelihood of softmax outputs, above 0; as printed, without, "
    "descending it would make the right class less likely",
)
def test_categorical_cross_entropy():
    one_hot = functional.one_hot(LABELS, 3).double()
    cost = losses.cross_entropy(LOGITS, one_hot)
    assert cost.item() == pytest.approx(-LogSoftmax()(LOGITS)[range(4), LABELS].mean().item())
    assert cost > 0
    printed = (one_hot * Softmax()(LOGITS).log()).sum(-1).mean()
    torch.testing.assert_close(printed, -cost)
    assert "-(1/n)" in course.mistakes()["E-47"].right
    z = LOGITS.clone().requires_grad_()
    losses.cross_entropy(z, one_hot).backward()
    torch.testing.assert_close(z.grad, (Softmax()(LOGITS) - one_hot) / 4)


@pytest.mark.course(
    "LOSS-10",
    verdict="holds",
    seen="the same value and gradient as with one-hot rows, to 1e-12; for 1000 classes the labels take a 500th of the"
    " rows' memory",
)
def test_sparse_cross_entropy():
    one_hot = functional.one_hot(LABELS, 3).double()
    grads = []
    for targets in (LABELS, one_hot):
        z = LOGITS.clone().requires_grad_()
        losses.cross_entropy(z, targets, label_smoothing=0.1).backward()
        grads.append(z.grad)
    torch.testing.assert_close(*grads, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        losses.cross_entropy(LOGITS, LABELS), losses.cross_entropy(LOGITS, one_hot), rtol=0, atol=1e-12
    )
    labels = torch.zeros(5, dtype=torch.int64)
    rows = functional.one_hot(labels, 1000).float()
    assert rows.numel() == 1000 * labels.numel()
    assert rows.nbytes == 500 * labels.nbytes


@pytest.mark.course(
    "LOSS-11",
    verdict="holds",
    seen="the weight with the greatest product of probabilities has the greatest sum of logarithms and the least "
    "binary cross-entropy; the product of 2000 rows is 0 in float64, the sum is not",
)
def test_likelihood():
    x, y = _numbers([-2.0, -1.0, -0.5, 0.4, 1.0, 3.0]), _numbers([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    grid = torch.linspace(-3, 3, 601, dtype=torch.float64)
    h = Sigmoid()(grid[:, None] * x)
    product = (h**y * (1 - h) ** (1 - y)).prod(1)
    sums = product.log()
    cost = torch.stack([losses.binary_cross_entropy(w * x, y) for w in grid])
    assert product.argmax() == sums.argmax() == cost.argmin()
    torch.testing.assert_close(cost * len(x), -sums)
    many_x, many_y = x.repeat(400), y.repeat(400)
    chances = Sigmoid()(many_x)
    assert (chances**many_y * (1 - chances) ** (1 - many_y)).prod() == 0
    assert 0 < losses.binary_cross_entropy(many_x, many_y, reduction="sum") < math.inf


SCORES = torch.linspace(-3, 3, 61, dtype=torch.float64)


@pytest.mark.course(
    "LOSS-12",
    verdict="holds",
    seen="right by less than 1 still costs, right by more costs nothing; it is the perceptron criterion moved by the "
    "margin 1, which asks only for the right side",
)
def test_hinge():
    ones = torch.ones_like(SCORES)
    hinge = losses.hinge(SCORES, ones, reduction="none")
    criterion = losses.perceptron_criterion(SCORES, ones, reduction="none")
    assert (hinge[SCORES < 1 - 1e-9] > 0).all()
    assert (hinge[SCORES >= 1] == 0).all()
    assert (criterion[SCORES >= 0] == 0).all()
    torch.testing.assert_close(hinge, losses.perceptron_criterion(SCORES - 1, ones, reduction="none"))
    torch.testing.assert_close(losses.hinge(SCORES, -ones, reduction="none"), hinge.flip(0))
    torch.testing.assert_close(losses.squared_hinge(SCORES, ones, reduction="none"), hinge**2)
    assert (hinge >= (SCORES < 0).double()).all()  # never below the number of mistakes


@pytest.mark.course("LOSS-12")
def test_two_classes_of_the_multi_class_hinge_are_the_hinge():
    pairs = torch.stack([torch.zeros_like(SCORES), SCORES], dim=-1)
    yes = torch.ones(len(SCORES), dtype=torch.int64)
    two = losses.multi_class_hinge(pairs, yes, reduction="none")
    torch.testing.assert_close(2 * two, losses.hinge(SCORES, torch.ones_like(SCORES), reduction="none"))


@pytest.mark.course(
    "LOSS-13",
    verdict="holds",
    seen="gamma 0 is weighted cross-entropy; with gamma 2 an example that is right by 0.9 costs a hundredth of its "
    "cross-entropy, one right by 0.1 four fifths of it",
)
def test_focal():
    p = _numbers([0.9, 0.1])
    logits, y = torch.stack([1 - p, p], dim=-1).log(), torch.ones(2, dtype=torch.int64)
    weight = _numbers([3.0, 0.25])
    plain = losses.cross_entropy(logits, y, reduction="none")
    flat = losses.focal(logits, y, gamma=0.0, class_weight=weight, reduction="none")
    torch.testing.assert_close(flat, losses.cross_entropy(logits, y, class_weight=weight, reduction="none"))
    share = losses.focal(logits, y, reduction="none") / plain
    torch.testing.assert_close(share, _numbers([0.01, 0.81]))


@pytest.mark.course(
    "LOSS-14", verdict="holds", seen="never below 0, 0 for equal distributions alone, 0.51 one way and 0.37 back"
)
@given(NUMBERS, NUMBERS)
def test_kl_divergence(first, second):
    k = min(len(first), len(second))
    p, q = Softmax()(_numbers(first[:k])), Softmax()(_numbers(second[:k]))
    value = losses.kl_divergence(q.log(), p)
    assert value >= -1e-12
    assert losses.kl_divergence(p.log(), p).abs() < 1e-12
    if (p - q).abs().max() > 1e-3:
        assert value > 1e-7
    even, odd = _numbers([0.5, 0.5]), _numbers([0.9, 0.1])
    assert losses.kl_divergence(odd.log(), even).item() == pytest.approx(0.51, abs=0.005)
    assert losses.kl_divergence(even.log(), odd).item() == pytest.approx(0.37, abs=0.005)
    torch.testing.assert_close(
        losses.cross_entropy(q.log(), p), value + losses.cross_entropy(p.log(), p), rtol=1e-9, atol=1e-9
    )


@pytest.mark.course(
    "LOSS-15", verdict="holds", seen="its best score is half the log-odds, for shares of 0.1, 0.5 and 0.8"
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_exponential(share):
    y = torch.where(torch.arange(10) < 10 * share, 1.0, -1.0).double()
    best = _numbers(0.5 * math.log(share / (1 - share))).requires_grad_()
    losses.exponential(best.expand(10), y).backward()
    assert best.grad.item() == pytest.approx(0, abs=1e-12)
    cost = _constants(losses.exponential, y, torch.linspace(-2, 2, 81, dtype=torch.float64))
    assert (cost >= losses.exponential(best.detach().expand(10), y) - 1e-12).all()


@pytest.mark.course(
    "LOSS-16", verdict="holds", seen="0, and no gradient, once the other kind is farther away by the margin"
)
@pytest.mark.parametrize("name", ["triplet", "squared_triplet"])
def test_triplet(name):
    loss = getattr(losses, name)
    anchor = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    near, far = _numbers([[1.0, 0.0]]), _numbers([[0.0, 2.5]])
    met = loss(anchor, near, far, margin=1.0)
    met.backward()
    assert met.item() == 0
    assert torch.equal(anchor.grad, torch.zeros(1, 2, dtype=torch.float64))
    assert loss(anchor, near, far, margin=9.0) > 0
    assert loss(anchor, far, near, margin=1.0) > loss(anchor, near, near, margin=1.0) > 0


@pytest.mark.course(
    "LOSS-17",
    verdict="holds",
    seen="where both kinds look alike the discriminator's best answer is 1/2 and the value -log 4; where densities "
    "differ it is p/(p + q); the generator's minimax slope fades as it is found out, the non-saturating one does"
    " not",
)
def test_adversarial_losses():
    grid = torch.linspace(-4, 4, 801, dtype=torch.float64)
    cost = torch.stack([losses.discriminator_loss(z, z) for z in grid])
    assert Sigmoid()(grid[cost.argmin()]).item() == pytest.approx(0.5, abs=1e-9)
    assert -cost.min().item() == pytest.approx(-math.log(4))
    # Where real examples have density 0.6 and made-up ones 0.2: the best belief is 0.6 / 0.8.
    p, q = 0.6, 0.2
    logit = torch.logit(_numbers(p / (p + q))).requires_grad_()
    one_outcome = p * losses.discriminator_loss(logit, _numbers(-80.0)) + q * losses.discriminator_loss(
        _numbers(80.0), logit
    )
    one_outcome.backward()
    assert logit.grad.item() == pytest.approx(0, abs=1e-12)

    def slope(loss, z):
        z = _numbers([z]).requires_grad_()
        loss(z).backward()
        return z.grad.item()

    assert slope(losses.minimax_generator_loss, -10.0) == pytest.approx(0, abs=1e-4)
    assert slope(losses.non_saturating_generator_loss, -10.0) == pytest.approx(-1, abs=1e-4)
    fakes = torch.randn(6, dtype=torch.float64)
    real = torch.randn(6, dtype=torch.float64)
    game = -losses.discriminator_loss(real, fakes)
    torch.testing.assert_close(game, -losses.non_saturating_generator_loss(real) + losses.minimax_generator_loss(fakes))


@pytest.mark.course(
    "LOSS-18",
    verdict="holds",
    seen="(1 - y)^2 of a sigmoid unit falls at each of 50 steps, though a sure mistake has less than a tenth of "
    "cross-entropy's slope",
)
def test_squared_error_with_a_class_as_target():
    w = _numbers([-1.0]).requires_grad_()
    costs = []
    for _ in range(50):
        cost = losses.squared_error(Sigmoid()(w), torch.ones_like(w))
        (slope,) = torch.autograd.grad(cost, w)
        costs.append(cost.item())
        w = (w - 0.5 * slope).detach().requires_grad_()
    assert costs[0] == pytest.approx((1 - 1 / (1 + math.e)) ** 2)
    assert all(later < earlier for earlier, later in pairwise(costs))
    z = _numbers([-4.0]).requires_grad_()
    (squared,) = torch.autograd.grad(losses.squared_error(Sigmoid()(z), torch.ones_like(z)), z)
    (entropy,) = torch.autograd.grad(losses.binary_cross_entropy(z, torch.ones_like(z)), z)
    assert 0 < squared / entropy < 0.1


@pytest.mark.course(
    "LOSS-19",
    verdict="holds",
    seen="the mean of the instantaneous energies is the average one, half the squared errors' sum",
)
def test_error_energy():
    d, y = _numbers([[1.0, 0.0], [2.0, -1.0], [0.5, 0.5]]), _numbers([[0.0, 0.0], [2.0, 1.0], [0.0, -0.5]])
    instantaneous = losses.error_energy(y, d, reduction="none")
    assert instantaneous.tolist() == [0.5, 2.0, 0.625]
    torch.testing.assert_close(losses.error_energy(y, d), instantaneous.mean())
    torch.testing.assert_close(losses.error_energy(y, d), losses.squared_error(y, d, reduction="sum") / 2 / 3)


FAMILIES = {
    "regression": ("squared_error", "absolute_error", "huber", "log_cosh", "quantile"),
    "classification": ("binary_cross_entropy", "cross_entropy", "focal", "kl_divergence", "exponential", "hinge"),
    "adversarial": ("discriminator_loss", "minimax_generator_loss", "non_saturating_generator_loss"),
    "autoencoder": ("squared_error", "kl_divergence"),  # to rebuild the input; KL regularises the variational kind
    "detection": ("focal",),
    "embedding": ("triplet", "squared_triplet"),
}


@pytest.mark.course(
    "LOSS-20", verdict="holds", seen="each loss that a family names is found by name and made without settings"
)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_losses(family):
    for name in FAMILIES[family]:
        loss = catalog.find("losses", name)()
        assert isinstance(loss, torch.nn.Module)
        assert callable(getattr(losses, name))
        assert "weights" in inspect.signature(loss.forward).parameters or family == "adversarial"
    from glasswork.tasks import Classification, Regression

    assert isinstance(Classification(["a", "b"]).loss, losses.CrossEntropy)
    assert isinstance(Regression(["y"]).loss, losses.SquaredError)


@pytest.mark.course(
    "LOSS-21",
    verdict="holds",
    seen="from logits and from softmax outputs the same mean, to 1e-12, two classes by one logit included; at logits "
    "of 1000 only the logits form is finite",
)
def test_logits_form_is_the_probability_form():
    shares = Softmax()(LOGITS.flip(1))
    by_hand = -(shares * Softmax()(LOGITS).log()).sum(-1).mean()
    torch.testing.assert_close(losses.cross_entropy(LOGITS, shares), by_hand, rtol=0, atol=1e-12)
    z, y = LOGITS[:, 0], _numbers([1.0, 0.0, 0.0, 1.0])
    torch.testing.assert_close(
        losses.binary_cross_entropy(z, y),
        losses.binary_cross_entropy_from_probabilities(Sigmoid()(z), y),
        rtol=0,
        atol=1e-12,
    )
    far = _numbers([[1000.0, 0.0]])
    assert losses.cross_entropy(far, torch.tensor([1])).item() == 1000
    assert not Softmax()(far).log()[0, 1].isfinite()


@pytest.mark.course(
    "NL-12",
    verdict="holds",
    seen="away from the kink the gradient is 0 for right answers and -y x and -y for wrong ones, as finite "
    "differences say; it is not the hinge loss, which also costs right answers within the margin",
)
def test_perceptron_criterion():
    x, y = torch.randn(12, 2, dtype=torch.float64), torch.tensor([1.0, -1.0] * 6).double()
    w = _numbers([0.7, -0.4, 0.2]).requires_grad_()

    def cost(w):
        return losses.perceptron_criterion(x @ w[:2] + w[2], y)

    (gradient,) = torch.autograd.grad(cost(w), w)
    steps = 1e-6 * torch.eye(3, dtype=torch.float64)
    measured = torch.stack([(cost(w + step) - cost(w - step)) / 2e-6 for step in steps]).detach()
    torch.testing.assert_close(gradient, measured, rtol=1e-6, atol=1e-8)
    wrong = y * (x @ w[:2] + w[2]) < 0
    assert wrong.any()
    assert not wrong.all()
    by_rule = (-(y[:, None] * functional.pad(x, (0, 1), value=1.0))[wrong]).sum(0) / 12
    torch.testing.assert_close(gradient, by_rule)
    right = _numbers([0.5])
    assert losses.perceptron_criterion(right, torch.ones(1)).item() == 0
    assert losses.hinge(right, torch.ones(1)).item() == 0.5
