"""The report in words: one screen, causes with the change to make, symptoms in a line, experiments apart."""

import pytest

from glasswork.doctor import Checkup
from glasswork.doctor.explain import explained, numbers, parts, title
from glasswork.doctor.report import SCREEN, as_text, families
from glasswork.doctor.rules import codes, page
from glasswork.doctor.trials import outcome, tried
from glasswork.doctor.vitals import LayerFacts, ModelFacts, Probe, StepVitals, Vitals
from glasswork.errors import UnknownNameError
from glasswork.records import Finding


def finding(fault="dying-relu", severity="critical", where="loop", step=3, evidence="Seen.", advice="Do it."):
    return Finding(fault, severity, 0.9, where, evidence, advice, step)


def vitals(**fields):
    layers = {"3": LayerFacts("3", "Softmax", "activation", 0)}
    given = {
        "steps": [StepVitals(1, loss=2.0), StepVitals(2, loss=1.0)],
        "models": {"model": ModelFacts("model", "Net", layers)},
        "places": {"backward": "train.py:41"},
    }
    return Vitals(**(given | fields))


def test_a_cause_says_where_since_when_how_sure_and_what_to_change():
    found = finding("missing-zero-grad", evidence="Not cleared.", advice="Clear them.")
    assert as_text(vitals(), [found]).splitlines() == [
        "doctor: 2 steps, loss 2 -> 1, Net; 1 critical",
        "✗ missing-zero-grad  in loop, from step 3, 90% sure",
        "    Not cleared.",
        "    cure: Clear them.",
        "    change: train.py:41  optimizer.zero_grad()  before  loss.backward()",
        "glasswork doctor --explain missing-zero-grad tells more.",
    ]


def test_the_course_of_the_loss_is_told_by_medians():
    losses = [9.0, 2.0, 2.1, 1.9, *[1.0] * 30, 0.04, 0.05, 0.03, 0.04, 1.06]  # the last batch had two rows
    steps = [StepVitals(n, loss=loss) for n, loss in enumerate(losses, 1)]
    assert as_text(vitals(steps=steps), []).startswith("doctor: 39 steps, loss 2 -> 0.04, Net;")
    steps[-3].loss = float("nan")
    assert as_text(vitals(steps=steps), []).startswith("doctor: 39 steps, loss 2 -> nan, Net;")


def test_a_layer_says_what_it_is_and_a_line_stands_where_no_change_names_it():
    text = as_text(vitals(places={"model": "train.py:9"}), [finding("plateau", where="model"), finding(where="3")])
    assert "✗ plateau  in model (train.py:9), from step 3" in text
    assert "✗ dying-relu  in 3 (Softmax), from step 3" in text


def test_symptoms_take_a_line_each_and_many_are_counted():
    cause = finding("missing-zero-grad", where="loop", step=1)
    symptoms = [finding("weight-growth", where=f"layer{n}", step=n + 2) for n in range(7)]
    lines = as_text(vitals(), [cause, *symptoms]).splitlines()
    under = [line for line in lines if line.startswith("  ✗ > weight-growth")]
    assert under == [f"  ✗ > weight-growth  in layer{n}, from step {n + 2}" for n in range(4)]
    assert "  and 3 more symptoms" in lines


@pytest.mark.parametrize("width", [60, 80, 100])
def test_one_screen_is_enough_however_much_was_found(width):
    many = [finding("plateau", where=f"layer{n}", evidence="word " * 50, advice="act " * 30) for n in range(30)]
    seen = vitals(blind=["unseen " * 20] * 5, probes={f"p{n}": Probe(f"p{n}", 1.0, {"x": 1.0}) for n in range(20)})
    lines = as_text(seen, many, width).splitlines()
    assert len(lines) <= SCREEN + 2
    assert max(map(len, lines)) <= width
    assert "more: --json FILE or --html FILE writes them all" in " ".join(" ".join(lines).split())
    assert lines[-1].startswith("glasswork doctor --explain plateau")


def test_the_first_finding_is_said_even_where_it_fills_the_screen():
    text = as_text(vitals(), [finding(evidence="word " * 2000)], 60)
    assert "✗ dying-relu" in text


def test_code_keeps_its_two_spaces_where_a_line_is_wrapped():
    text = as_text(vitals(), [finding("missing-zero-grad")], 60)
    assert "    change: train.py:41  optimizer.zero_grad()  before" in text.splitlines()
    assert "            loss.backward()" in text.splitlines()
    for width in range(60, 90):  # wherever the line is cut
        lines = as_text(vitals(), [finding("missing-zero-grad")], width).splitlines()
        change = lines[lines.index(next(line for line in lines if "change:" in line)) : -1]
        assert " ".join(" ".join(change).split()).endswith("optimizer.zero_grad() before loss.backward()")
        assert [len(line) - len(line.lstrip()) for line in change] == [4, *[12] * (len(change) - 1)]
    assert "\0" not in text


def test_experiments_are_told_apart_with_their_time():
    probes = {
        "one-batch": Probe("one-batch", 0.25, {"first": 2.3, "last": 0.01, "rows": 16, "steps": 75}),
        "learning-rate": Probe("learning-rate", 0.15, {"current": 0.1, "best": 0.01, "gain": 3.0, "diverged": 1.0}),
    }
    text = as_text(vitals(probes=probes), [], 200)
    assert text.splitlines()[-1] == (
        "~ experiments on copies, 0.4 s: learning-rate: 0.01 leads 3.0 times lower than 0.1, and 0.1 makes it climb; "
        "one-batch: loss 2.3 -> 0.01 on 16 rows in 75 steps"
    )


def test_every_experiment_can_be_told_with_no_figures_and_with_odd_ones():
    names = ("augmentation", "batch-mixing", "curvature", "first-loss", "fresh-layer", "label-noise", "leakage",
             "learning-rate", "memory", "one-batch", "scaled-inputs", "shuffled-labels", "unheard-of")  # fmt: skip
    for name in names:
        assert outcome(Probe(name, 0.1)) == "nothing"
        assert outcome(Probe(name, 0.1, {"odd": float("nan")})) == "odd nan"
        assert tried(Probe(name, 0.1))


def test_a_script_that_ended_early_says_so():
    assert as_text(Vitals(error="KeyError: 'x'\nmore"), []) == (
        "doctor: no training was seen in this process; the script ended with KeyError: 'x'"
    )


def test_an_error_without_words_has_no_colon():
    assert as_text(Vitals(error="KeyboardInterrupt"), []).endswith("the script ended with KeyboardInterrupt")


def test_families_keep_the_order():
    cause, symptom, other = finding("missing-zero-grad"), finding("weight-growth", step=9), finding("collapsed-labels")
    assert families([cause, symptom, other]) == [(cause, [symptom]), (other, [])]


# --- a rule's page in a terminal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", codes())
def test_every_page_reads_at_80_columns(code):
    text = explained(code, 80)
    lines = text.splitlines()
    assert lines[0].startswith(f"{code}: ")
    assert max(map(len, lines)) <= 80
    names = [name for name, _ in parts(code)]
    assert names[:6] == ["Looks at", "Fires when", "Why it hurts", "Try first", "Can be wrong", "Source"]
    # Nothing of the page is lost on the way.
    words = set(" ".join(page(code).split()).replace("``", "").split())
    assert words - set(text.split()) <= {title(code).split()[0]}


def test_named_numbers_are_given_with_their_values():
    assert numbers("dying-relu")["BATCHES"] == "3"
    assert numbers("gradient-ascent")["UPHILL"] == "-0.05"
    assert "HALF 0.5" in explained("dying-relu")


def test_a_wrong_code_names_the_nearest():
    with pytest.raises(UnknownNameError, match="no fault 'dying-rleu'; did you mean 'dying-relu'"):
        explained("dying-rleu")
    assert explained("Dying_ReLU").startswith("dying-relu: ReLU units")


def test_without_a_code_all_are_listed():
    lines = explained(None, 80).splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "] == list(codes())
    assert max(map(len, lines)) <= 80


def test_json_holds_the_change_and_no_number_that_json_does_not_know():
    import json

    seen = vitals(probes={"learning-rate": Probe("learning-rate", 0.1, {"x10": float("inf"), "best": 0.1})})
    checkup = Checkup(seen, {"any": lambda vitals: [finding("missing-zero-grad")]})
    written = json.loads(json.dumps(checkup.json(), allow_nan=False))
    assert written["findings"][0]["change"] == "train.py:41  optimizer.zero_grad()  before  loss.backward()"
    assert written["experiments"]["learning-rate"]["figures"] == {"x10": None, "best": 0.1}
