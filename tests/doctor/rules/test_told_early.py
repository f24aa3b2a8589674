"""What the first steps settle is told in the first steps; and is taken back where later ones show otherwise."""

from math import cos, pi

import pytest

from doctor.rules.vitals_examples import look, training
from glasswork.doctor.rules import rules


def running(**fields):
    """A training that goes on."""
    return training(60, **{"finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def decaying(steps, rate, finished=False, made=None, **scheduler):
    vitals = training(steps, finished=finished, evaluations=False)
    vitals.planned_steps = None
    for step in vitals.steps:
        step.learning_rates = (rate(step.number - 1),)
    vitals.scheduler = scheduler if made is None else {**scheduler, "steps": made}
    return vitals


def exponential(gamma, steps=6, **fields):
    return decaying(steps, lambda n: 0.1 * gamma**n, kind="ExponentialLR", settings={"gamma": gamma}, **fields)


def test_a_decay_for_epochs_is_known_by_its_first_falls():
    (finding,) = said("schedule-misuse", exponential(0.8))
    assert (finding.step, finding.severity, finding.where) == (4, "critical", "optimizer")
    assert "within 31 steps, of 63 an epoch" in finding.evidence
    (ended,) = said("schedule-misuse", exponential(0.8, 300, finished=True))
    assert (ended.step, "of 300" in ended.evidence) == (4, True)


def test_a_decay_in_stairs_is_known_by_its_first_stair():
    stairs = {"kind": "StepLR", "settings": {"step_size": 4, "gamma": 0.3}}
    (finding,) = said("schedule-misuse", decaying(6, lambda n: 0.1 * 0.3 ** (n // 4), **stairs))
    assert finding.step == 5
    assert said("schedule-misuse", decaying(4, lambda n: 0.1 * 0.3 ** (n // 4), **stairs)) == []  # no stair yet
    assert said("schedule-misuse", decaying(6, lambda n: 0.1 * 0.3 ** (n // 63), **stairs)) == []  # once an epoch


def test_a_stair_need_not_be_waited_for_where_the_scheduler_is_stepped_in_every_step():
    stairs = {"kind": "StepLR", "settings": {"step_size": 9, "gamma": 0.3}}
    early = decaying(5, lambda n: 0.1, **stairs, made=4)
    (finding,) = said("schedule-misuse", early)
    assert (finding.step, "within 54 steps" in finding.evidence) == (4, True)
    assert said("schedule-misuse", decaying(5, lambda n: 0.1, **stairs, made=1)) == []  # once an epoch, so far
    early.loader = {"rows": 1, "batch_size": 1}
    assert said("schedule-misuse", early) == []  # a step is an epoch


def test_what_is_seen_late_is_named_where_it_began():
    (fallen,) = said("schedule-misuse", exponential(0.85, 105, finished=True, made=105))
    assert (fallen.step, "stepped in every step: by step 75 of 105" in fallen.evidence) == (4, True)
    (alone,) = said("schedule-misuse", exponential(0.85, 105, finished=True, made=7))
    assert alone.step == 75
    wave = {"kind": "CosineAnnealingLR", "settings": {"T_max": 30}}
    (climbed,) = said("schedule-misuse", decaying(70, lambda n: 0.1 + 0.1 * cos(pi * n / 30), **wave, made=70))
    assert (climbed.step, "CosineAnnealingLR(T_max=30)" in climbed.evidence) == (4, True)
    (slower,) = said("schedule-misuse", decaying(70, lambda n: 0.1 + 0.1 * cos(pi * n / 30), **wave, made=2))
    assert slower.step > 30


def test_three_cuts_to_a_tenth_within_the_first_steps():
    stairs = {"kind": "MultiStepLR", "settings": {"gamma": 0.1}}
    cut = lambda *at: decaying(120, lambda n: 0.003 * 0.1 ** sum(n >= one for one in at), finished=True, **stairs)  # noqa: E731
    (finding,) = said("schedule-misuse", cut(5, 8, 11))
    assert finding.step == 12
    assert said("schedule-misuse", cut(60, 90, 108)) == []


def test_losses_of_one_pass_are_named_from_their_first():
    vitals = keeping(lambda n: (n - 1) % 24 + 1)
    (finding,) = said("loss-bookkeeping", vitals)
    assert (finding.step, finding.evidence[:11], "at step 13 13" in finding.evidence) == (5, "From step 5", True)


def test_a_decay_that_lasts_is_left_alone():
    assert said("schedule-misuse", exponential(0.96)) == []  # 170 steps of 63 an epoch
    assert said("schedule-misuse", exponential(0.88, 60, finished=True)) == []  # over near the end: 55 of 60
    unknown = exponential(0.8)
    unknown.loader = {}
    assert said("schedule-misuse", unknown) == []


def keeping(graphs, *, finished=False, backwards=1):
    vitals = running()
    vitals.finished = finished
    for step in vitals.steps:
        step.graphs, step.backwards = graphs(step.number), backwards
    return vitals


def test_losses_none_of_which_lets_its_graph_go():
    for backwards in (1, 4):
        (finding,) = said("loss-bookkeeping", keeping(lambda n, b=backwards: n * b, backwards=backwards))
        assert (finding.step, f"{5 * backwards} of the last" in finding.evidence) == (5, True)
    early = keeping(lambda n: n)
    early.steps = early.steps[:5]
    (finding,) = said("loss-bookkeeping", early)
    assert finding.step == 5


@pytest.mark.parametrize(
    "graphs",
    [lambda n: min(n, 10), lambda n: n % 8 + 1, lambda n: min(n, 4), lambda n: n - 1],
    ids=["the last ten", "cleared every eight", "the last four", "one gone"],
)
def test_a_few_losses_that_are_let_go_again(graphs):
    vitals = keeping(graphs)
    if graphs(30) > 12:  # the first was let go: the usual, slower look sees the rest
        (finding,) = said("loss-bookkeeping", vitals)
        assert finding.step > 5
    else:
        assert said("loss-bookkeeping", vitals) == []


def test_a_training_of_a_few_steps_may_keep_its_losses():
    vitals = keeping(lambda n: n, finished=True)
    vitals.steps = vitals.steps[:9]
    assert said("loss-bookkeeping", vitals) == []


def test_copies_part_where_they_were_first_seen_to():
    vitals = training()
    vitals.processes, vitals.replicas_differ = 2, 0.01
    (finding,) = said("replicas-out-of-step", vitals)
    assert finding.step == 120
    vitals.replicas_step = 1
    (finding,) = said("replicas-out-of-step", vitals)
    assert finding.step == 1


def test_a_small_part_left_out_never_reads_as_nothing():
    vitals = running()
    facts = vitals.models["model"]
    facts.parameters["out.bias"].optimized = False
    (finding,) = said("parameters-not-in-optimizer", vitals)
    assert "out: less than 1% of the trainable numbers" in finding.evidence
    facts.parameters["fc1.weight"].optimized = False
    (finding,) = said("parameters-not-in-optimizer", vitals)
    assert "82% of" in finding.evidence


def test_numbers_that_break_without_a_leap_are_not_laid_to_a_layer():
    def breaking(update):
        vitals = running(loss=lambda n: 1.4 if n < 4 else float("nan"))
        for step in vitals.steps[3:]:
            step.sampled, step.layers, step.gradient_norm = False, {}, None
        look(vitals, 3).layers["out"].update = update
        (finding,) = said("non-finite", vitals)
        return finding

    calm, leap = breaking(0.007), breaking(0.5)
    assert (calm.where, "no layer had moved by more than 7.0%" in calm.evidence) == ("model", True)
    assert (leap.where, "out moved most" in leap.evidence) == ("out", True)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("ValueError: Expected input batch_size (64) to match target batch_size (32).", "merged the batch"),
        ("ValueError: Target size (torch.Size([8])) must be the same as input size (torch.Size([8, 1]))", "one shape"),
        ("RuntimeError: Expected target size [8, 5], got [8, 7]", "classes second"),
        ("RuntimeError: 0D or 1D target tensor expected, multi-target not supported", "targets.squeeze(1)"),
    ],
)
def test_what_a_loss_refuses_is_laid_to_the_loss(error, says):
    vitals = running()
    vitals.error = error
    (finding,) = said("shape-mismatch", vitals)
    assert (finding.where, finding.step) == ("loss", 61)
    assert says in finding.advice
    assert finding.evidence.startswith("The script ended at loss: ")
