"""Losses that scripts write by hand, short trainings, and vectors that are drawn together."""

from dataclasses import replace

import pytest

from doctor.rules.vitals_examples import LN4, ROWS, falling, model, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, LossFacts


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def by_hand(loss, targets=True, size=0.3, steps=120):
    """A loss in whose graph a square was found: of the outputs' distance to what."""
    outputs = tensor(ROWS, 8, std=size)
    vitals = training(steps, kind="mse", loss=loss, outputs=outputs, targets=replace(outputs), evaluations=False)
    vitals.losses = [LossFacts("mse", "custom", "mean", {"compared": (ROWS, 8)})]
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = step.batch.recall = step.batch.baseline_loss = None
            step.batch.targets = step.batch.targets if targets else None
    return vitals


def test_a_sum_that_rises_is_no_ascent_where_its_terms_are_unknown():
    def rising(n):
        return 5.0 + n / 10

    (finding,) = said("gradient-ascent", by_hand(rising))
    assert finding.step == 30
    assert said("gradient-ascent", by_hand(rising, targets=False)) == []


def test_a_sum_that_lies_flat_is_no_plateau_where_its_terms_are_unknown():
    assert [f.fault for f in said("plateau", by_hand(lambda _: 5.0))] == ["plateau"]
    assert said("plateau", by_hand(lambda _: 5.0, targets=False)) == []


def test_a_negative_loss_larger_than_its_square_has_other_terms():
    (finding,) = said("gradient-ascent", by_hand(lambda n: -1.0 - n / 100))  # at most 0.6 ** 2 * 8 = 2.88
    assert (finding.where, finding.step) == ("loss", 3)
    assert said("gradient-ascent", by_hand(lambda n: -3.0 - n / 100)) == []
    assert said("gradient-ascent", by_hand(lambda n: -3.0 - n / 100, size=0.6)) != []
    assert said("gradient-ascent", by_hand(lambda n: -3.0 - n / 100, targets=False)) != []  # nothing to hold it against


@pytest.mark.parametrize(("sign", "terms"), [(1, 1), (1, 2), (-1, 1), (-1, 2)])
def test_the_sign_of_a_distance_says_more_than_that_of_the_loss(sign, terms):
    for value in (-3.0, 3.0):
        vitals = by_hand(lambda n, value=value: value - n / 1000)
        vitals.losses[0].settings |= {"sign": sign, "terms": terms}
        found = said("gradient-ascent", vitals)
        assert [one.step for one in found] == ([] if sign > 0 else [1])
        assert all((("1 more term" in one.evidence) is (terms > 1)) and one.where == "loss" for one in found)


def test_a_distance_with_a_minus_is_no_ascent_where_losses_of_other_kinds_are_seen():
    vitals = by_hand(lambda _: 3.0)
    vitals.losses[0].settings["sign"] = -1
    assert said("gradient-ascent", vitals) != []
    vitals.losses.append(LossFacts("cross_entropy", "CrossEntropyLoss"))
    assert said("gradient-ascent", vitals) == []


def drawn_together(left, *, fixed=None, loss=1e-5):
    vitals = by_hand(lambda n: max(loss, 0.5**n), targets=fixed is not None)
    for step in vitals.steps:
        if step.batch:
            close = max(left, 0.8 ** (step.number - 1))
            step.batch.outputs = tensor(ROWS, 8, rows_alike=3.0 * close, mean=0.5)
            if fixed is not None:
                step.batch.targets = tensor(ROWS, 8, rows_alike=3.0 * (1.0 if fixed else close))
    return vitals


def test_views_that_are_only_drawn_together():
    (finding,) = said("representation-collapse", drawn_together(0.02))
    assert (finding.where, finding.severity, finding.step) == ("model", "warning", 18)
    assert "2.3% of their first distance" in finding.evidence
    assert said("representation-collapse", drawn_together(0.02, fixed=False)) != []  # the other view goes along


@pytest.mark.parametrize(
    "vitals",
    [lambda: drawn_together(0.2), lambda: drawn_together(0.02, fixed=True), lambda: drawn_together(0.02, loss=0.1)],
    ids=["still apart", "targets that differ", "a loss that stays"],
)
def test_outputs_that_may_be_close(vitals):
    assert said("representation-collapse", vitals()) == []


def test_one_layer_by_torch_is_no_loss_by_hand():
    vitals = drawn_together(0.02)
    vitals.losses = [LossFacts("mse", "F.mse_loss", "mean")]
    assert said("representation-collapse", vitals) == []


def once(steps=32, epochs=1, **fields):
    """A single pass in which hardly anything was gained, by steps that would arrive in ten."""
    vitals = training(steps, loss=lambda n: 1.5 - n / 1000, rate=0.01, evaluations=False, **fields)
    for step in vitals.steps:
        step.epoch = (step.number - 1) * epochs // steps
        if step.sampled:
            step.update_norm = 0.01  # of 10
            step.batch.correct = 0.3
            for seen in step.layers.values():
                seen.update = 0.0001 if seen.weight else None
    return vitals


def test_a_single_pass_is_too_few_rather_than_too_slow():
    (finding,) = said("too-few-epochs", once())
    assert "seen once, in 32 steps" in finding.evidence or "still fell" in finding.evidence
    assert said("learning-rate-too-low", once()) == []
    assert said("too-few-epochs", once(epochs=4)) == []
    assert said("learning-rate-too-low", once(epochs=4)) != []


def test_a_single_pass_whose_loss_rose_has_another_fault():
    vitals = once()
    for step in vitals.steps:
        step.loss = 1.5 + step.number / 100
    assert said("too-few-epochs", vitals) == []


def crawling(end):
    vitals = training(
        200,
        kind="mse",
        loss=lambda n: 1.0 - (1.0 - end) * max(0, n - 40) / 160,
        facts=model(outputs=1),
        outputs=tensor(ROWS, 1),
        targets=tensor(ROWS, 1),
        evaluations=False,
    )
    for step in vitals.steps:
        step.epoch = step.number // 10
        if step.sampled:
            step.update_norm = 0.004
            step.batch.correct = step.batch.recall = None
            for seen in step.layers.values():
                seen.update = 0.00003 if seen.weight else None
    return vitals


def test_steps_that_were_too_small_while_much_is_left():
    (finding,) = said("learning-rate-too-low", crawling(0.45))
    assert finding.severity == "critical"
    assert "had not fallen" in finding.evidence
    assert said("learning-rate-too-low", crawling(0.05)) == []  # it has come down after all


def dropping(loss, planned=None):
    vitals = training(150, facts=model(dropout=0.6), loss=loss, evaluations=False)
    vitals.planned_steps = planned
    return vitals


def test_dropout_is_given_time_where_nobody_knows_how_much_there_is():
    def late(n):
        return LN4 if n < 25 else falling(n - 24, LN4, 0.05)

    early = dropping(late)
    early.finished, early.steps = False, early.steps[:24]
    assert said("dropout-too-strong", early) == []
    assert said("dropout-too-strong", dropping(late)) == []
    (finding,) = said("dropout-too-strong", dropping(lambda _: LN4))
    assert (finding.where, finding.step) == ("drop0", 35)


def test_dropout_that_did_no_lasting_harm():
    def much_later(n):
        return LN4 if n < 60 else falling(n - 59, LN4, 0.05)

    assert said("dropout-too-strong", dropping(much_later)) == []
    judged = dropping(much_later)
    judged.evaluations = [Evaluation(150, LN4, 0.3, 4)]  # validation has not come down
    assert said("dropout-too-strong", judged) != []


def test_weights_that_grow_under_a_loss_without_a_bottom():
    def growing(loss):
        vitals = training(kind="unknown", loss=loss, evaluations=False)
        for step in vitals.steps:
            if step.sampled:
                step.batch.baseline_loss = None
                step.weight_norm = 10.0 + 5 * step.number
                step.layers["out"].weight, step.layers["out"].update = 0.1 + step.number / 10, 0.1
        return vitals

    (finding,) = said("weight-growth", growing(lambda n: 1.0 - n / 50))
    assert (finding.where, finding.severity) == ("out", "warning")
    assert said("weight-growth", growing(lambda n: max(0.1, 1.0 - n / 50))) == []  # it has come down, and is there
    assert said("weight-growth", growing(lambda n: max(-0.5, 1.0 - n / 50))) == []
