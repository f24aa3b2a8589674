"""The page of a checkup: whole, escaped, small, true in light and dark; nothing seen, hostile names, broken numbers."""

import re
import time
from html.parser import HTMLParser

import pytest

from glasswork.doctor import Checkup
from glasswork.doctor.consult import consult
from glasswork.doctor.pages import as_page
from glasswork.doctor.pages.evidence import pictured
from glasswork.doctor.pages.health import MEASURES, maps
from glasswork.doctor.pages.heat import CLASSES, heat_map, measured
from glasswork.doctor.pages.words import figure
from glasswork.doctor.rules import codes
from glasswork.doctor.vitals import (
    BatchVitals,
    Evaluation,
    LayerFacts,
    LayerVitals,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    Probe,
    StepVitals,
    TensorVitals,
    Vitals,
)
from glasswork.errors import UsageError
from glasswork.records import Finding
from tracing.browser import Browser, find_axe

NAN, INF = float("nan"), float("inf")
VOID = {"meta", "br", "link", "img", "hr", "input"}
PARTS = {"findings", "course", "health", "experiments", "blind", "facts"}
MODES = {
    "desk": {"width": 1280},
    "dark": {"width": 1280, "dark": True},
    "phone": {"width": 390, "height": 800, "scale": 2},
    "phone, dark": {"width": 390, "height": 800, "scale": 2, "dark": True},
}
AXE = """axe.run().then(found => found.violations.map(
  v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | ')))"""
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
OUTSIDE = """[...document.querySelectorAll('main *, header *')].filter(one => !one.closest('.scroll, svg, .hidden') &&
  one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 120))"""
CUT = """[...document.querySelectorAll('svg')].flatMap(svg => { const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(one => { const box = one.getBoundingClientRect();
    return box.left < frame.left - 2 || box.right > frame.right + 2 }).map(one => one.textContent) })"""


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed where it must be, every address is used once and leads somewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.text, self.links, self.unnamed = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"
        assert len(self.ids) == len(set(self.ids))
        assert {link.removeprefix("#") for link in self.links} <= set(self.ids)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src", "action", "xlink:href") if name in found]
        if tag == "svg" and not found.get("aria-label"):
            self.unnamed.append(found)
        assert not any(name.startswith("on") for name in found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    page = Page(text)
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert page.unnamed == []
    assert "http" not in re.sub(r"\bhttps?\b(?!://)", "", text)
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert "nan" not in re.sub(r"<text.*?</text>|aria-label=\"[^\"]*\"", "", picture).lower()
    return page


def layer(number, step, **fields):
    given = {
        "weight": 0.1, "gradient": 1e-3 / (number + 1), "update": 1e-4 * (1 + step % 3), "mean": 0.1, "std": 1.0,
        "zeros": 0.4, "saturated": 0.1, "silent": 0b1011, "units": 8, "rank": 3.0, "running_gap": 0.2,
    }  # fmt: skip
    return LayerVitals(**(given | fields))


def training(steps=40, layers=6, models=("model",), sampled=1, **fields):
    """Return vitals of a training with everything that can be seen."""
    facts, numbers = {}, list(range(layers))
    for model in models:
        prefix = "" if len(models) == 1 else f"{model}/"
        names = [f"{prefix}body.{n}" for n in numbers]
        facts[model] = ModelFacts(
            model,
            "Net",
            {name: LayerFacts(name, "Linear", "linear", n, {"p": 0.5}, runs=steps) for n, name in enumerate(names)},
            {f"{name}.weight": ParameterFacts(f"{name}.weight", name, (8, 8), std=0.3, fan_in=8) for name in names},
        )
    vitals = Vitals(
        models=facts,
        optimizers={name: OptimizerFacts(name, "SGD", [{"lr": 0.1}], ["w"]) for name in ("optimizer",)},
        losses=[LossFacts("cross_entropy", "CrossEntropyLoss", "mean", where="train.py:9")],
        evaluations=[Evaluation(n, 2.0 / n, 0.5, 3) for n in (10, 20, 30)],
        probes={
            "one-batch": Probe("one-batch", 0.2, {"first": 2.3, "last": 0.1, "rows": 16.0, "steps": 50.0}),
            "learning-rate": Probe("learning-rate", 0.3, {"current": 0.1, "best": 0.1, "gain": 1.0, "x10": INF}),
        },
        blind=["The model is compiled."],
        places={"backward": "train.py:10"},
        finished=True,
    )  # fmt: skip
    for number in range(1, steps + 1):
        look = number % sampled == 0 or number <= 3
        seen = {
            name: layer(n, number)
            for model in facts.values()
            for n, name in enumerate(model.layers)
        } if look else {}  # fmt: skip
        tensor = TensorVitals(
            (16, 8), "float32", 0.0, 1.0, -3.0, 3.0, feature_means=[0.1 * n for n in range(8)],
            feature_stds=[10.0 ** (n - 4) for n in range(8)], rows_alike=2.0,
        )  # fmt: skip
        labels = TensorVitals((16,), "int64", counts={0: 12, 1: 3, 2: 1}, low=0.0, high=2.0, mean=0.3, longest_run=9)
        batch = BatchVitals({"0": tensor}, {}, tensor, labels, {0: (9, 12), 1: (0, 3)}, 0.6, 1.1) if look else None
        vitals.steps.append(
            StepVitals(
                number, loss=2.3 / number**0.5, learning_rates=(0.1 / number,), gradient_norm=1.0 if look else None,
                update_norm=0.01 if look else None, weight_norm=3.0 if look else None, alignment=0.9 if look else None,
                carried=0.5 if look else None, sampled=look, layers=seen, batch=batch, memory=100.0 + number,
            )
        )  # fmt: skip
    for name, value in fields.items():
        setattr(vitals, name, value)
    return vitals


def finding(fault="dying-relu", where="body.1", severity="critical", step=5, evidence="Seen.", confidence=0.9):
    return Finding(fault, severity, confidence, where, evidence, "Do it.", step)


def checkup(vitals, *found):
    return Checkup(vitals, {"any": lambda vitals: list(found)})


# --- what stands on it ------------------------------------------------------------------------------------------------


def test_everything_has_its_place():
    causes = finding("missing-zero-grad", "loop"), finding("collapsed-labels", "data", "warning")
    text = as_page(checkup(training(), *causes, finding("weight-growth", "body.2", "warning", 9)))
    page = read(text)
    assert {key for key in page.ids if not key.endswith("-title")} == PARTS
    said = " ".join(" ".join(page.text).split())
    assert "Gradients that are never set back to zero, and 1 other cause." in said
    assert "in layer body.2 (Linear) · from step 9 · 90% sure" in said
    assert "train.py:10 optimizer.zero_grad() before loss.backward()" in said
    assert "glasswork doctor --explain missing-zero-grad" in said
    assert "Why it hurts" in said
    assert "a few rows learned by heart" in said
    assert "The model is compiled." in said
    assert said.index("missing-zero-grad") < said.index("weight-growth") < said.index("collapsed-labels")
    for measure in MEASURES:
        assert measure.name in said


def test_severity_is_said_in_words_and_by_a_sign():
    for severity, sign in (("critical", "✗"), ("warning", "!"), ("note", "·")):
        text = as_page(checkup(training(), finding(severity=severity)))
        assert f'<span aria-hidden="true">{sign}</span> {severity}</span>' in text


def test_every_picture_has_its_numbers_as_a_table():
    text = as_page(checkup(training(), *(finding(code, "body.1") for code in codes())))
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) > 20
    assert all("<table>" in one and "<figcaption>" in one for one in figures)


@pytest.mark.parametrize("code", codes())
def test_every_fault_has_a_picture_where_there_is_something_to_see(code):
    assert pictured(training(), finding(code)), code
    assert pictured(Vitals(), finding(code)) == []


def test_the_sick_step_and_layer_are_marked():
    (shown, *_) = pictured(training(), finding("dying-relu", "body.3", step=7))
    assert 'class="rule marked"' in shown.svg
    assert "step 7" in shown.svg
    assert "body.3 strong" in shown.caption
    assert list(shown.rows[0][:2]) == ["body.3", "38 %"]  # 3 of 8 units


# --- extremes ---------------------------------------------------------------------------------------------------------


def test_nothing_was_seen():
    page = read(as_page(checkup(Vitals())))
    assert "No training was seen." in page.text
    assert read(as_page(checkup(Vitals(error="KeyError: '<x>'")))).text.count("KeyError: '<x>'") == 1


def test_nothing_is_wrong():
    page = read(as_page(checkup(training())))
    assert "Nothing wrong was found." in page.text


@pytest.mark.parametrize("steps", [1, 2])
def test_a_single_step(steps):
    text = as_page(checkup(training(steps, evaluations=[]), *(finding(code) for code in codes())))
    read(text)


def test_a_hundred_layers_and_a_thousand_samples_stay_small():
    began = time.process_time()
    deep = training(1000, 100)
    named = [finding(code, f"body.{n}") for n, code in enumerate(codes())]
    began = time.process_time()
    text = as_page(checkup(deep, *named))
    assert len(text.encode()) < 1_500_000
    assert time.process_time() - began < 20
    page = read(text)
    assert any(re.search(r"[56]\d of 100 layers are shown", one) for one in page.text)
    assert any("A column stands for" in one for one in page.text)


def test_numbers_that_are_none_are_drawn_as_such():
    vitals = training()
    for place, value in ((4, NAN), (5, INF), (6, -INF)):
        step = vitals.steps[place]
        step.loss = step.gradient_norm = step.weight_norm = step.update_norm = step.alignment = step.carried = value
        step.learning_rates = (value,)
        for one in step.layers.values():
            for name in ("weight", "gradient", "update", "mean", "std", "zeros", "saturated", "rank", "running_gap"):
                setattr(one, name, value)
            one.bad = one.bad_gradient = 7
        tensor = TensorVitals((4, 2), "float32", value, value, value, value, 3, [value, 1.0], [value, 0.0])
        step.batch = BatchVitals({"0": tensor}, {}, tensor, tensor, {0: (0, 0)}, value, value)
    vitals.evaluations[0].loss = vitals.evaluations[0].correct = NAN
    vitals.probes["one-batch"].figures["last"] = NAN
    text = as_page(checkup(vitals, *(finding(code, confidence=NAN) for code in codes())))
    page = read(text)
    assert 'class="bad"' in text  # cells
    assert any(one.startswith("× ") for one in page.text)  # and in the table behind
    assert "NaN" in page.text


@pytest.mark.parametrize("value", [1e300, -1e300, 1e-300, 5e-324, 0.0])
def test_numbers_at_the_ends_of_floats(value):
    vitals = training(12)
    for step in vitals.steps[3:]:
        step.loss = step.gradient_norm = step.update_norm = step.weight_norm = value
        for one in step.layers.values():
            one.weight = one.gradient = one.update = one.mean = one.std = value
    read(as_page(checkup(vitals, *(finding(code) for code in codes()))))


def test_several_models_and_optimizers():
    vitals = training(30, 3, ("generator", "critic"))
    vitals.optimizers = {name: OptimizerFacts(name, "Adam", [{"lr": 0.1}]) for name in ("optG", "optC")}
    for step in vitals.steps:
        step.optimizer = "optG" if step.number % 2 else "optC"
    page = read(as_page(checkup(vitals, finding("divergence", "critic/body.1"))))
    assert {"optG", "optC", "critic/body.1", "generator/body.1", "generator: Net", "critic: Net"} <= set(page.text)


HOSTILE = "</style><script>alert(1)</script><b a=\"'&amp;\x00\ud800\u202e"


def test_every_name_is_escaped():
    bad = HOSTILE
    vitals = training(8, 2)
    weight = ParameterFacts(bad, bad, (2, 2), std=1.0, fan_in=2)
    vitals.models = {bad: ModelFacts(bad, bad, {bad: LayerFacts(bad, bad, bad, 0, {bad: bad})}, {bad: weight})}
    vitals.optimizers = {bad: OptimizerFacts(bad, bad, [{bad: bad, "lr": 0.1}])}
    vitals.losses = [LossFacts(bad, bad, bad, {bad: bad}, bad)]
    vitals.probes = {bad: Probe(bad, 1.0, {bad: 1.0})}
    vitals.places, vitals.blind, vitals.error = {bad: bad, "backward": bad, "loss": bad}, [bad], bad
    vitals.error_shapes, vitals.loader, vitals.scheduler = [(bad, bad)], {bad: bad}, {bad: bad, "settings": {bad: bad}}
    for step in vitals.steps:
        step.optimizer = bad
        step.layers = {bad: layer(0, 1)}
        step.batch.inputs = {bad: TensorVitals((2, 2), "float32", bad=3)}
    text = as_page(checkup(vitals, *(Finding(code, "critical", 0.9, bad, bad, bad, 3) for code in (*codes(), bad))))
    page = read(text)
    assert not {"b", "script"} & {tag for tag in page.tags if tag == "script"}
    assert "<script" not in text
    assert "\x00" not in text
    text.encode("utf-8")


# --- its parts --------------------------------------------------------------------------------------------------------


def test_a_cell_has_the_class_of_its_value():
    (measure,) = (one for one in MEASURES if one.name == "Update over weight")
    wanted = {1e-9: "lo2", 1e-6: "lo1", 5e-5: "ok1", 1e-3: "ok2", 0.05: "ok3", 0.5: "hi1", 3.0: "hi2", NAN: "bad"}
    for value, kind in wanted.items():
        assert measure.kind(value, [value]) == kind
    assert set(wanted.values()) == {*CLASSES, "bad"}


def test_a_gradient_is_classed_by_the_largest_of_its_step():
    (measure,) = (one for one in MEASURES if one.name == "Gradient")
    # 2e-6 beside 10 is a five millionth; beside 1e-5 it is a fifth
    assert measure.kind(2e-6, [2e-6, 10.0]) == "lo2"
    assert measure.kind(2e-6, [2e-6, 1e-5]) == "ok3"
    assert measure.kind(0.0, [0.0, 0.0]) == "lo2"


def test_the_worst_of_many_steps_is_what_a_column_shows():
    (measure,) = (one for one in MEASURES if one.name == "Output that is saturated")
    steps = [StepVitals(n, layers={"a": LayerVitals(saturated=0.9 if n == 333 else 0.0)}) for n in range(1, 1001)]
    shown = heat_map(measure, measured(measure, ["a"], steps))
    assert shown.svg.count('class="hi2"') == 1
    assert 'class="sign out"' in shown.svg
    assert "1 layers at 1000 steps, 1 cells outside" in shown.svg


def test_layers_that_were_never_seen_are_left_out_and_named_ones_are_kept():
    vitals = training(3, 200)
    names = [row[0] for row in maps(vitals, MEASURES[0], ["body.137"])[0].rows]
    assert len(names) <= 60
    assert {"body.0", "body.137", "body.199"} <= set(names)
    vitals.steps[0].layers = vitals.steps[1].layers = vitals.steps[2].layers = {}
    assert maps(vitals, MEASURES[0]) == []


def test_text_of_numbers():
    assert figure(-INF) == "−∞"


# --- written to a file ------------------------------------------------------------------------------------------------

SCRIPT = """import torch
from torch import nn
torch.manual_seed(0)
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(6):
    loss = nn.functional.cross_entropy(model(torch.randn(8, 3)), torch.randint(0, 2, (8,)))
    loss.backward()
    optimizer.step()
"""


def test_consult_writes_page_and_findings(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    found, status = consult(
        tmp_path / "train.py", html_file=tmp_path / "out.html", json_file=tmp_path / "out.json", experiments=False
    )
    assert status == 3
    assert found.vitals.probes == {}
    page = read((tmp_path / "out.html").read_text(encoding="utf-8"))
    assert "train.py:8  optimizer.zero_grad()  before  loss.backward()" in page.text
    assert '"change": "train.py:8' in (tmp_path / "out.json").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "out.json", "train.py"]


@pytest.mark.parametrize("option", ["html", "json"])
def test_a_missing_folder_is_said_before_the_script_runs(tmp_path, option):
    (tmp_path / "train.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        consult(tmp_path / "train.py", **{f"{option}_file": tmp_path / "no" / "out"})
    assert (
        str(refused.value)
        == f"doctor: --{option} {tmp_path}/no/out: there is no folder {tmp_path}/no. Create it first."
    )
    with pytest.raises(UsageError, match=r"is a folder\. Name a file in it"):
        consult(tmp_path / "train.py", **{f"{option}_file": tmp_path})


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    found = Browser()
    yield found
    found.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor-pages")
    sick = training(400, 40)
    for step in sick.steps[200:]:
        step.loss = NAN
        for number, one in enumerate(step.layers.values()):
            one.update, one.saturated, one.zeros = 10.0 ** (number - 20), 0.95, 0.995
            one.bad = 3 if number > 30 else 0
    kinds = [finding(code, f"body.{n % 40}", ("critical", "warning", "note")[n % 3]) for n, code in enumerate(codes())]
    wide = finding("plateau", "a_layer_with_a_name_" * 12, evidence="word" * 90)
    made = {
        "sick": as_page(checkup(sick, *kinds, wide)),
        "well": as_page(checkup(training())),
        "empty": as_page(checkup(Vitals(error="KeyError: " + "x" * 400))),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["sick", "well", "empty"])
def test_in_a_browser_nothing_is_cut_off_asked_for_or_out_of_reach(browser, pages, name, mode):
    axe = find_axe()
    path = pages / f"{name}.html"
    browser.open(path, **MODES[mode])
    browser.run(OPEN)
    assert browser.run("document.documentElement.scrollWidth") <= MODES[mode]["width"]
    assert browser.run(OUTSIDE) == []
    assert browser.run(CUT) == []
    assert browser.requests == [path.resolve().as_uri()]
    browser.run(f"{axe};0")
    assert browser.run(AXE) == []


@pytest.mark.parametrize("dark", [False, True])
def test_a_legend_has_the_colours_of_its_map(browser, pages, dark):
    browser.open(pages / "sick.html", width=1280, dark=dark)
    found = browser.run(
        """[...document.querySelectorAll('#health svg.heat path[class]')].filter(one => !one.closest('.sign') &&
        !one.classList.contains('sign')).map(one => [getComputedStyle(one).fill, getComputedStyle(
        document.querySelector(`.legend .swatch.${one.getAttribute('class')}`)).backgroundColor])"""
    )
    assert len(found) > 8
    assert all(drawn == told for drawn, told in found)
    shades = {drawn for drawn, _ in found}
    assert len(shades) >= 6
    shade = browser.run("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)")
    assert max(shade) < 60 if dark else min(shade) > 200


def test_what_scrolls_is_reached_by_the_keyboard(browser, pages):
    browser.open(pages / "sick.html", **MODES["phone"])
    browser.run(OPEN)
    wide = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    assert browser.run(f"{wide}.length") > 3
    assert browser.run(f"{wide}.every(one => one.tabIndex === 0 && one.ariaLabel)")
