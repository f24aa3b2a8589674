"""Parts of a loss that are reduced in different ways, sums by hand, ranges that are stretched, a network outdone."""

from doctor.rules.vitals_examples import layer, parameter, regression, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, LayerVitals, LossFacts, OptimizerFacts, Probe


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def in_parts(parts, *, said_std):
    vitals = training(120)
    vitals.losses = [LossFacts("mse", "F.mse_loss", "mean", {"row_weights": parts})]
    for step in vitals.sampled():
        step.batch.outputs = tensor(32, 12, std=said_std)
        step.batch.targets = tensor(32, 12, std=1.0)
    return vitals


def test_a_sum_that_outweighs_a_mean_and_what_the_mean_was_to_teach_is_not_learned():
    (finding,) = said("loss-reduction", in_parts([(0.5, "sum"), (0.03, "mean")], said_std=0.1))
    assert (finding.where, finding.severity) == ("loss", "critical")
    assert "17 times less" in finding.evidence


def test_parts_that_go_together_or_do_no_harm():
    assert said("loss-reduction", in_parts([(0.5, "sum"), (0.03, "mean")], said_std=0.9)) == []
    assert said("loss-reduction", in_parts([(0.1, "sum"), (0.03, "mean")], said_std=0.1)) == []
    assert said("loss-reduction", in_parts([(0.5, "mean"), (0.03, "mean")], said_std=0.1)) == []


def by_hand(weight, *, kind="SGD", blows_up=True):
    vitals = training(60, loss=lambda number: 60.0 * (3.0**number if blows_up else 0.9**number))
    vitals.losses = [LossFacts("unknown", "custom", None, {"row_weights": [(weight, "sum")]})]
    vitals.optimizers = {"optimizer": OptimizerFacts("optimizer", kind, [{"lr": 0.1}])}
    for step in vitals.sampled():
        step.batch.outputs = tensor(32, 3)
    return vitals


def test_a_sum_by_hand_whose_steps_blow_up():
    (finding,) = said("loss-reduction", by_hand(32.0))
    assert finding.where == "loss"
    assert "all 32 examples" in finding.evidence


def test_a_sum_by_hand_that_goes_well_or_is_divided_or_meets_adam():
    assert said("loss-reduction", by_hand(32.0, blows_up=False)) == []
    assert said("loss-reduction", by_hand(1.0)) == []
    assert said("loss-reduction", by_hand(32.0, kind="Adam")) == []


def stretched(high, *, bent=0.0):
    vitals = regression()
    model = next(iter(vitals.models.values()))
    model.layers["squash"] = layer("squash", "sigmoid", "activation", 90)
    for step in vitals.sampled():
        low, top = 0.3 - 0.001 * step.number, 0.6 + 0.001 * step.number
        step.layers["squash"] = LayerVitals(low=low, high=top)
        step.batch.outputs = tensor(32, low=high * low, high=high * top + bent * step.number)
        step.batch.targets = tensor(32, low=1.0, high=10.0, std=2.0)
    return vitals


def test_a_range_that_was_stretched_and_not_far_enough():
    (finding,) = said("output-range", stretched(5.0))
    assert finding.where == "squash"
    assert "0 to 5," in finding.evidence


def test_a_range_that_was_stretched_far_enough_or_is_none():
    assert said("output-range", stretched(10.5)) == []
    assert said("output-range", stretched(5.0, bent=0.01)) == []


def narrow(found):
    """A loss that still falls slowly, half of the answers right, and simple models that say `found` of them rightly."""
    vitals = training(120, loss=lambda number: 1.3 * 0.996**number)
    vitals.models["model"].layers["fc1"].units = 1
    for step in vitals.sampled():
        step.batch.correct = 0.5
    vitals.probes["label-noise"] = Probe("label-noise", 0.1, figures={"correct": found, "classes": 4.0})
    return vitals


def test_a_narrow_network_that_simple_models_outdo():
    assert said("underfitting", narrow(0.9)) != []
    assert said("underfitting", narrow(0.55)) == []


def pixelwise(kernel, score=0.5):
    vitals = training(120, loss=lambda _: 1.37)
    model = vitals.models["model"]
    for place, name in enumerate(("see", "see2")):
        seeing = layer(name, "Conv2d", "linear", place - 2, units=8)
        seeing.settings = {"kernel_size": (kernel, kernel)}
        model.layers[name] = seeing
        model.parameters[f"{name}.weight"] = parameter(f"{name}.weight", (8, 8, kernel, kernel))
    first = next(one for one in model.layers.values() if one.kind == "Linear")
    first.settings = {**first.settings, "in_features": 8}
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, figures={"score": score, "p": 0.0})
    return vitals


def test_convolutions_that_see_one_pixel_at_a_time():
    (finding,) = said("underfitting", pixelwise(1))
    assert "2 convolutions look at one pixel" in finding.evidence
    assert finding.confidence == 0.9
    assert all("one pixel" not in one.evidence for one in said("underfitting", pixelwise(3)))
    assert all("one pixel" not in one.evidence for one in said("underfitting", pixelwise(1, score=0.02)))


def lost_again(after):
    vitals = regression()
    guess = 1.0
    for step in vitals.steps:
        step.loss = max(0.04, 0.9 ** (step.number - 2))
        if step.batch is not None:
            step.batch.baseline_loss = guess
    steps = [step.number for step in vitals.steps]
    vitals.evaluations = [Evaluation(n, 0.41 if n <= 20 else after) for n in range(10, steps[-1], 5)]
    return vitals


def test_validation_that_has_lost_a_third_of_what_was_gained():
    assert said("overfitting", lost_again(0.66)) != []
    assert said("overfitting", lost_again(0.55)) == []
