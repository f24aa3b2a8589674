"""All rules together: the list, the pages, silence where all is well, and no failure on what cannot be seen."""

import ast
import math
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from doctor.rules.vitals_examples import HEALTHY, blind, broken, training
from glasswork.doctor import rules as room
from glasswork.doctor.rules import codes, page, rules
from glasswork.doctor.vitals import Vitals
from glasswork.errors import UnknownNameError

HOME = Path(room.__file__).parent
NO_THRESHOLDS = {"AUTOTRAINER", "UMLAUT", "LBFGS", "IEEE", "OSDI", "CIFAR", "GELU", "LSTM"}
FIELDS = ("Looks at:", "Fires when:", "Why it hurts:", "Try first:", "Can be wrong:", "Source:")
# The union of what published training-diagnosis tools detect.
FAULTS = [
    "vanishing-gradient",
    "exploding-gradient",
    "non-finite",
    "divergence",
    "dying-relu",
    "saturated-activation",
    "softmax-in-hidden-layer",
    "missing-nonlinearity",
    "symmetric-initialisation",
    "zero-initialisation",
    "initialisation-scale",
    "initial-loss",
    "learning-rate-too-high",
    "learning-rate-too-low",
    "plateau",
    "oscillating-loss",
    "slow-convergence",
    "overfitting",
    "underfitting",
    "too-few-epochs",
    "cannot-overfit-one-batch",
    "unscaled-inputs",
    "unscaled-targets",
    "scaled-twice",
    "constant-feature",
    "non-finite-data",
    "channel-order",
    "class-imbalance",
    "label-noise",
    "shuffled-labels",
    "collapsed-labels",
    "duplicate-rows",
    "target-leakage",
    "fitted-before-split",
    "unshuffled-data",
    "loss-output-mismatch",
    "output-range",
    "loss-reduction",
    "batch-mixing",
    "tiny-batch-norm",
    "train-eval-mode",
    "stale-batch-norm",
    "missing-zero-grad",
    "parameters-not-in-optimizer",
    "frozen-or-unused-layers",
    "gradient-ascent",
    "detached-graph",
    "over-regularised",
    "dropout-too-strong",
    "optimizer-settings",
    "batch-size-noise",
    "edge-of-stability",
    "representation-collapse",
    "weight-growth",
    "destructive-augmentation",
    "worker-seeds",
    "replicas-out-of-step",
    "loss-bookkeeping",
    "schedule-misuse",
    "shape-mismatch",
]


def test_every_fault_has_its_file_and_every_file_its_fault():
    assert len(FAULTS) == 60
    assert list(codes()) == sorted(FAULTS)
    assert list(rules()) == sorted(FAULTS)
    assert all(rule.__name__ == code.replace("-", "_") for code, rule in rules().items())


@pytest.mark.parametrize("code", FAULTS)
def test_the_page_is_complete(code):
    text = page(code)
    title, blank, *body = text.splitlines()
    assert title.endswith(".")
    assert not blank
    found = [line.partition(":")[0] + ":" for line in body if re.match(r"[A-Z][a-z ]+: ", line)]
    assert found[:6] == list(FIELDS)
    assert all(len(line) <= 120 for line in text.splitlines())
    for before, after in zip(FIELDS, [*FIELDS[1:], None], strict=True):
        entry = text.partition(before)[2].partition(after)[0] if after else text.partition(before)[2]
        assert len(entry.split()) >= 4, f"{code}: {before} says nothing"


@pytest.mark.parametrize("code", FAULTS)
def test_every_threshold_that_the_page_names_is_there(code):
    """A constant in capitals on the page is one of the file, or a word that is written so."""
    name = code.replace("-", "_")
    tree = ast.parse((HOME / f"{name}.py").read_text(encoding="utf-8"))
    there = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets}
    text = " ".join(page(code).split())
    words = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", text)) - NO_THRESHOLDS
    assert words <= there, f"{code}: {words - there}"


def test_a_mistyped_fault_is_met_with_the_nearest():
    with pytest.raises(UnknownNameError, match="no fault 'dying-rleu'; did you mean 'dying-relu'"):
        page("dying-rleu")
    assert page("Dying_ReLU") == page("dying-relu")


def test_pages_and_rules_need_no_torch():
    code = (
        "import sys; from glasswork.doctor.rules import codes, page, rules; from glasswork.doctor import causes;"
        "[page(code) for code in codes()]; rules(); assert 'torch' not in sys.modules, 'torch was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("make", HEALTHY, ids=lambda make: make.__name__)
def test_nothing_is_said_of_a_training_that_is_well(make):
    vitals = make()
    alarms = [f for rule in rules().values() for f in rule(vitals) if f.severity != "note"]
    assert alarms == []


@pytest.mark.parametrize("make", HEALTHY, ids=lambda make: make.__name__)
@pytest.mark.parametrize("seen", [0, 1, 3, 5, 8, 15, 40])
def test_nothing_is_said_at_any_time_of_it(make, seen):
    vitals = make()
    vitals.steps, vitals.finished = vitals.steps[:seen], False
    vitals.evaluations = [evaluation for evaluation in vitals.evaluations if evaluation.step <= seen]
    assert [f for rule in rules().values() for f in rule(vitals) if f.severity != "note"] == []


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_seen_is_not_judged(code):
    rule = rules()[code]
    assert list(rule(Vitals())) == []
    assert list(rule(blind())) == []
    half = training()
    for step in half.steps:
        step.batch, step.layers = None, {}
    half.models, half.losses, half.evaluations = {}, [], []
    assert [finding for finding in rule(half) if finding.severity != "note"] == []


@pytest.mark.parametrize("code", FAULTS)
def test_nan_everywhere_breaks_no_rule(code):
    found = list(rules()[code](broken()))
    assert all(0 < finding.confidence <= 1 for finding in found)
    assert all(finding.fault == code for finding in found)


def test_the_vitals_are_left_as_they_were():
    vitals = training()
    before = deepcopy(vitals)
    for rule in rules().values():
        list(rule(vitals))
    assert vitals == before
    assert not math.isnan(vitals.steps[0].loss)
