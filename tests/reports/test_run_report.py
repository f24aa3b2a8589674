import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from glasswork.errors import RunFolderError
from glasswork.reports import write_report

VOID = {"meta", "br", "link", "img", "hr", "input"}
SECTIONS = {
    "binary": {"baselines", "errors", "worst", "learning", "findings", "data", "use", "recipe", "environment"},
    "regression": {"baselines", "errors", "worst", "learning"},
    "text": {"baselines", "errors", "worst"},
    "forecast": {"baselines", "forecasts", "worst"},
    "language": {"baselines", "samples", "learning"},
}


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed where it must be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.text, self.links = [], [], set(), [], []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.ids |= {value for name, value in attributes if name == "id"}
        self.links += [value for name, value in attributes if name in ("href", "src", "action", "xlink:href")]
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def test_one_file_without_script_or_network(any_run):
    path = write_report(any_run)
    assert path == any_run / "report.html"
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert page.links == []
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    assert len(text) < 1_000_000
    assert page.tags.count("svg") >= 4
    for picture in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ElementTree.fromstring(picture)  # noqa: S314 - our own picture
    assert "undefined" not in page.words.lower()
    assert not re.search(r"\bnan\b|\bNone\b|Undefined", page.words)
    assert [p.name for p in any_run.glob(".*part")] == []


@pytest.mark.parametrize("kind", SECTIONS)
def test_what_each_kind_shows(make_run, kind):
    folder = make_run(kind)
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert page.ids >= SECTIONS[kind]
    compared = json.loads((folder / "baselines.json").read_text(encoding="utf-8"))
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert compared["sentence"] in page.words
    for baseline in compared["baselines"]:
        assert baseline["label"] in page.words
    figure = evaluation["metrics"][evaluation["primary"]]["value"]
    assert (f"{figure:.3f}" if figure < 10 else f"{figure:,.0f}") in page.words
    assert f"glasswork predict runs/{folder.name}" in page.words


def test_names_from_the_data_are_only_text(make_run):
    text = write_report(make_run("text")).read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(" in text
    assert "<script" not in text
    assert "<img" not in text


def test_the_same_folder_gives_the_same_page(make_run):
    folder = make_run("regression")
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_a_folder_with_parts_missing_says_which(make_run):
    folder = make_run("binary")
    for name in ("evaluation.json", "predictions.parquet", "baselines.json", "findings.json"):
        (folder / name).unlink()
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "The network was trained, but has not been evaluated." in page.words
    assert "evaluation.json is missing: it is written by the end of training." in page.words
    assert "learning" in page.ids
    assert "findings" not in page.ids
    assert "glasswork train --resume runs/binary-example" in page.words


def test_every_file_may_be_missing(any_run):
    for path in sorted(any_run.iterdir()):
        kept = path.read_bytes()
        path.unlink()
        Page(write_report(any_run).read_text(encoding="utf-8"))
        path.write_bytes(kept)


def test_every_file_may_be_damaged(make_run):
    folder = make_run("regression")
    for path in sorted(folder.iterdir()):
        kept = path.read_bytes()
        path.write_bytes(kept[: len(kept) // 2])
        Page(write_report(folder).read_text(encoding="utf-8"))
        path.write_bytes(kept)


def test_an_empty_folder_has_a_page(tmp_path):
    page = Page(write_report(tmp_path).read_text(encoding="utf-8"))
    assert "This run has not been trained to an end." in page.words
    assert "recipe.yaml is missing" in page.words


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="expected a run folder, there is none at"):
        write_report(tmp_path / "absent")


@pytest.mark.parametrize("width", [390, 1100])
def test_nothing_is_wider_than_the_screen(make_run, tmp_path, width):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here: how the page is laid out was not tested")
    path = write_report(make_run("text"))
    frame = tmp_path / "frame.html"  # a frame measures the page at a width that a window may refuse
    frame.write_text(
        f'<iframe id="f" src="{path.as_uri()}" style="width:{width}px;height:900px;border:0"></iframe><script>'
        "f.onload = () => { const d = f.contentDocument; document.title = d.documentElement.scrollWidth + ' ' "
        "+ d.querySelectorAll('svg').length; document.body.append(document.title) }</script>",
        encoding="utf-8",
    )
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--virtual-time-budget=4000",
        f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", frame.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"<title>(\d+) (\d+)</title>", shown)
    assert found, shown[-400:]
    assert int(found[1]) <= width
    assert int(found[2]) >= 4
