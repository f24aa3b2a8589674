"""Better by more than chance: paired on the validation examples, and the metric is no worse."""

import numpy as np

from glasswork.cures.compare import Standing, compare


def standing(errors, value, direction="max"):
    return Standing(None if errors is None else np.asarray(errors, float), "accuracy", value, direction)


def test_a_gain_of_two_standard_errors_is_kept_and_less_is_not():
    # Differences 0, 0.2, 0, 0.2 …: mean 0.1, deviation 0.1; over 20 examples the standard error is 0.0229 (n - 1).
    before = standing([0.5] * 20, 0.8)
    helped = compare(before, standing([0.5, 0.3] * 10, 0.8))
    assert helped.better
    assert "4.4 standard errors" in helped.why
    # Differences -0.9, 1.1: the same mean, ten times the deviation.
    chance = compare(before, standing([1.4, -0.6] * 10, 0.8))
    assert not chance.better
    assert "0.4 standard errors; 2 are asked for" in chance.why


def test_where_the_alarm_is_gone_two_signs_agree():
    before, after = standing([0.5] * 20, 0.8), standing([1.4, -0.6] * 10, 0.8)
    assert compare(before, after, relieved=True).better
    worse = standing([0.6] * 20, 0.8)
    assert not compare(before, worse, relieved=True).better


def test_smaller_errors_with_a_worse_metric_are_taken_back():
    verdict = compare(standing([0.5] * 9, 0.9), standing([0.4] * 9, 0.8))
    assert not verdict.better
    assert "metric is worse" in verdict.why
    assert compare(standing([0.5] * 9, 0.9, "min"), standing([0.4] * 9, 0.8, "min")).better


def test_a_network_that_answers_beats_none_and_none_beats_nothing():
    assert compare(standing(None, None), standing([9.0], 0.1)).better
    assert not compare(standing([9.0], 0.1), standing(None, None)).better


def test_the_same_errors_are_no_gain():
    assert not compare(standing([0.5, 0.1], 0.5), standing([0.5, 0.1], 0.5), relieved=True).better


def test_one_example_proves_nothing():
    assert not compare(standing([0.5], 0.0), standing([0.1], 1.0)).better
