"""Causes before symptoms: the table, what explains what, and the order in which findings are read."""

import random

import pytest

from glasswork.doctor.causes import BRINGS_ABOUT, explained, order
from glasswork.doctor.rules import codes
from glasswork.records import Finding


def finding(fault, severity="critical", confidence=0.9, step=5):
    return Finding(fault, severity, confidence, "somewhere", "seen.", "do.", step)


def faults(findings):
    return [one.fault for one in findings]


def test_the_table_knows_every_fault_and_gives_reasons():
    assert set(BRINGS_ABOUT) <= set(codes())
    for cause, symptoms in BRINGS_ABOUT.items():
        assert set(symptoms) <= set(codes()), cause
        assert cause not in symptoms
        assert all(len(reason.split()) >= 1 and not reason.endswith(".") for reason in symptoms.values())


def test_a_cause_stands_before_its_symptoms_even_if_they_are_graver():
    found = [finding("plateau"), finding("dying-relu", confidence=0.95), finding("unscaled-inputs", "warning", 0.85)]
    assert faults(order(found)) == ["unscaled-inputs", "dying-relu", "plateau"]
    above = explained(found)
    assert above[1] == 2
    assert above[0] in (1, 2)
    assert 2 not in above


def test_a_note_explains_nothing_graver():
    found = [finding("unscaled-inputs", "note", 0.9), finding("dying-relu")]
    assert explained(found) == {}
    assert faults(order(found)) == ["dying-relu", "unscaled-inputs"]


def test_strangers_are_read_by_gravity_then_confidence():
    found = [
        finding("class-imbalance", "warning", 0.9),
        finding("missing-zero-grad", "critical", 0.7),
        finding("train-eval-mode", "critical", 0.95),
        finding("worker-seeds", "note", 0.99),
    ]
    assert faults(order(found)) == ["train-eval-mode", "missing-zero-grad", "class-imbalance", "worker-seeds"]


def test_two_that_may_bring_about_each_other_are_told_apart_by_time():
    early, late = finding("divergence", confidence=0.85, step=30), finding("non-finite", confidence=0.97, step=50)
    assert explained([early, late]) == {1: 0}
    early, late = finding("non-finite", confidence=0.97, step=3), finding("divergence", confidence=0.85, step=30)
    assert explained([early, late]) == {1: 0}


@pytest.mark.parametrize("seed", range(20))
def test_any_set_of_findings_is_kept_and_has_no_circle(seed):
    dice = random.Random(seed)
    severities = ["critical", "warning", "note"]
    some = dice.sample(codes(), 25)
    found = [finding(code, dice.choice(severities), dice.random(), dice.randrange(99)) for code in some]
    read = order(found)
    assert sorted(faults(read)) == sorted(faults(found))
    above = explained(found)
    for place in range(len(found)):
        seen = set()
        while place in above:
            assert place not in seen
            seen.add(place)
            place = above[place]
    places = {id(one): at for at, one in enumerate(read)}
    assert all(
        places[id(found[cause])] < places[id(found[symptom])] or cause in above for symptom, cause in above.items()
    )
