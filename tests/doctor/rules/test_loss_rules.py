"""Losses, what they are given, and what they will not take: each rule on a sick training, and on one that is well."""

import pytest

from doctor.rules.vitals_examples import ROWS, layer, model, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import LossFacts, TensorVitals


def running(**fields):
    """A training that goes on."""
    return training(60, **{"finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("RuntimeError: expected target dtype to be Long or Byte, but got Float", "targets.long()"),
        ("RuntimeError: Expected floating point type for target with class probabilities, got Long", "argmax(1)"),
        ("RuntimeError: Found dtype Long but expected Float", "targets.float()"),
        ("RuntimeError: result type Float can't be cast to the desired output type Long", "targets.float()"),
        ("IndexError: Target 3 is out of bounds.", "number the classes from 0"),
    ],
)
def test_a_loss_that_would_not_take_its_targets(error, advice):
    vitals = running()
    vitals.error = error
    (finding,) = said("loss-output-mismatch", vitals)
    assert (finding.where, finding.severity) == ("loss", "critical")
    assert advice in finding.advice
    assert said("shape-mismatch", vitals) == []


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("IndexError: index out of range in self", "num_embeddings"),
        ("RuntimeError: Expected target size [4, 3], got [4, 7]", "transpose(1, 2)"),
        ("RuntimeError: 0D or 1D target tensor expected, multi-target not supported", "argmax(1)"),
    ],
)
def test_sizes_that_only_the_message_tells(error, advice):
    vitals = running()
    vitals.error = error
    (finding,) = said("shape-mismatch", vitals)
    assert advice in finding.advice
    assert said("loss-output-mismatch", vitals) == []


def test_a_squared_error_written_out_that_pairs_every_output_with_every_target():
    vitals = running(facts=model(outputs=1), outputs=tensor(ROWS, 1), targets=tensor(ROWS, 1))
    vitals.losses = [LossFacts("mse", "custom", "mean", {"compared": (ROWS, ROWS)})]
    (finding,) = said("loss-reduction", vitals)
    assert (finding.step, finding.where) == (1, "loss")
    assert f"({ROWS}, {ROWS}) differences" in finding.evidence
    vitals.losses[0].settings["compared"] = (ROWS, ROWS, 1)  # distances between outputs
    assert said("loss-reduction", vitals) == []
    vitals.losses[0].settings["compared"] = (ROWS, 1)
    assert said("loss-reduction", vitals) == []


def padded(share, **settings):
    filling = round(share * 640)
    rest = dict.fromkeys(range(1, 9), (640 - filling) // 8)
    tokens = TensorVitals((ROWS, 20), "int64", counts={0: filling, **rest})
    vitals = running(targets=TensorVitals((640,), "int64", counts={0: filling, **rest}))
    vitals.losses = [LossFacts("cross_entropy", "F.cross_entropy", "mean", {"ignore_index": -100, **settings})]
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs, step.batch.tokens = {}, {"0": tokens}
    return vitals


def test_a_mean_over_what_only_fills_sequences_up():
    (finding,) = said("loss-reduction", padded(0.5))
    assert (finding.severity, finding.step) == ("warning", 1)
    assert "50% of the targets" in finding.evidence
    assert "ignore_index=0" in finding.advice
    assert said("loss-reduction", padded(0.3)) == []
    assert said("loss-reduction", padded(0.5, ignore_index=0)) == []
    known = padded(0.3)
    known.models["model"].layers["embed"] = layer("embed", "Embedding", "embedding", -1, settings={"padding_idx": 0})
    assert said("loss-reduction", known)[0].confidence == 0.9
