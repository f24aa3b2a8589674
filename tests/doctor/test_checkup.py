"""A checkup runs rules on a schedule, survives a rule that fails, and says what it found on one screen."""

import pytest

from glasswork.doctor import Checkup, Vitals
from glasswork.doctor.vitals import ModelFacts, StepVitals
from glasswork.records import Finding


def finding(
    fault="dying-relu",
    severity="warning",
    confidence=0.8,
    where="layer",
    step=3,
    evidence="90 % of 64 units.",
    advice="Use GELU.",
):
    return Finding(fault, severity, confidence, where, evidence, advice, step)


def checkup_with(*found):
    checkup = Checkup(rules={"any": lambda vitals: list(found)})
    checkup.vitals.steps = [StepVitals(1, loss=2.5), StepVitals(2, loss=0.5)]
    checkup.vitals.models = {"model": ModelFacts("model", "Net")}
    return checkup


def test_findings_come_in_order_of_gravity():
    light, grave = finding("slow-convergence", "note"), finding("non-finite", "critical")
    assert [one.fault for one in checkup_with(light, grave).findings] == ["non-finite", "slow-convergence"]


def test_only_critical_findings_are_critical():
    assert checkup_with(finding(severity="critical")).critical
    assert not checkup_with(finding(), finding(severity="note")).critical


def test_a_rule_that_fails_is_a_note():
    def broken(vitals):
        yield finding()
        raise ZeroDivisionError("by nothing")

    checkup = Checkup(rules={"dying-relu": broken, "other": lambda vitals: [finding("divergence")]})
    assert {one.fault: one.severity for one in checkup.findings} == {"dying-relu": "note", "divergence": "warning"}
    assert "ZeroDivisionError: by nothing" in checkup.findings[-1].evidence
    assert not checkup.critical


def test_rules_run_often_at_first_and_more_rarely_later():
    looked = []
    checkup = Checkup(rules={"any": lambda vitals: looked.append(len(vitals.steps)) or []})
    for number in range(1, 41):
        checkup.vitals.steps.append(StepVitals(number))
        checkup.on_step()
    assert looked[:11] == [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18]
    assert looked[11:] in ([22, 27, 33, 40], [22, 27, 33], [22, 27], [22], [])  # as far as the time budget goes


def test_rules_run_again_only_after_something_happened():
    looked = []
    checkup = Checkup(rules={"any": lambda vitals: looked.append(1) or []})
    assert checkup.findings == checkup.findings
    assert len(looked) == 1
    checkup.vitals.finished = True
    assert checkup.findings == []
    assert len(looked) == 2


def test_when_an_alarm_was_first_raised_is_kept():
    checkup = Checkup(rules={"any": lambda vitals: [finding(step=1)] if len(vitals.steps) > 2 else []})
    for number in range(1, 6):
        checkup.vitals.steps.append(StepVitals(number))
        checkup.on_step()
    (written,) = checkup.json()["findings"]
    assert (written["raised_at"], written["step"]) == (3, 1)


def test_the_report_in_words():
    checkup = checkup_with(finding("unscaled-inputs", "critical", 0.93, "data", 1, "Mean 500.", "Standardise."))
    assert checkup.text().splitlines() == [
        "doctor: 2 steps, loss 2.5 -> 0.5, Net; 1 critical",
        "✗ unscaled-inputs  in data, from step 1, 93% sure",
        "    Mean 500.",
        "    cure: Standardise.",
        "    change: x = (x - mean) / std  before the model, both per feature of the training rows",
        "glasswork doctor --explain unscaled-inputs tells more.",
    ]
    assert checkup_with().text() == "doctor: 2 steps, loss 2.5 -> 0.5, Net; nothing wrong was found"
    assert Checkup(rules={}).text() == "doctor: no training was seen in this process"


def test_a_symptom_stands_under_its_cause_without_a_cure_of_its_own():
    cause = finding("unscaled-inputs", "critical", 0.9, "data", 1, "Mean 500.", "Standardise.")
    symptom = finding("dying-relu", "warning", 0.8, "hidden", 9, "60 of 64 units.", "Use GELU.")
    text = checkup_with(symptom, cause).text()
    assert text.index("unscaled-inputs") < text.index("dying-relu")
    assert "  ! > dying-relu  in hidden, from step 9" in text
    assert "Use GELU." not in text


def test_one_screen_is_enough():
    many = [finding(f"fault-{number}", where=f"layer{number}", evidence="word " * 60) for number in range(40)]
    text = checkup_with(*many).text(80)
    assert len(text.splitlines()) <= 42
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "warnings more: --json FILE or --html FILE writes them all" in text


def test_what_could_not_be_seen_is_said():
    checkup = checkup_with()
    checkup.vitals.blind.append("The model is compiled.")
    assert checkup.text().endswith("? not seen: The model is compiled.")


@pytest.mark.parametrize("width", [60, 100])
def test_lines_keep_to_the_width(width):
    text = checkup_with(finding(evidence="a rather long observation " * 9, advice="do this " * 30)).text(width)
    assert max(map(len, text.splitlines())) <= width


def test_vitals_alone_need_no_torch():
    import subprocess
    import sys

    code = "import sys, glasswork.doctor as d; d.Checkup(d.Vitals(), {}).text(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert Vitals().sampled() == []
