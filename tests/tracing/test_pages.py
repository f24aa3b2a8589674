"""The pages in a real browser: light, dark, on a phone, at 200 %; by axe-core, by keyboard, without a network."""

import importlib.util
from pathlib import Path

import pytest
from browser import Browser, find_axe
from pages_by_hand import PAGE

from glasswork.tracing.exercise import exercise
from glasswork.tracing.writers.html import write_html

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.stem for path in (ROOT / "examples" / "gallery").glob("*.py"))
PAGES = ["by_hand", "exercise", *SCRIPTS]
MODES = {
    "desk": {"width": 1100},
    "dark": {"width": 1100, "dark": True},
    "phone": {"width": 360, "height": 740, "scale": 2},
    "zoom": {"width": 550, "height": 450, "scale": 2},  # 200 % in a window of 1100
}
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
AXE = """axe.run().then(found => found.violations.map(
  v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | ')))"""
FORMULAS = """[...document.querySelectorAll('math, svg[role=img]')].filter(one => {
  const box = one.getBoundingClientRect(); return !(box.width > 2 && box.height > 2) }
).map(one => one.outerHTML.slice(0, 200))"""
OUTSIDE = """[...document.querySelectorAll('main *, header *')].filter(one => !one.closest('.scroll, svg, math') &&
  one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 120))"""
STOPS = "document.querySelectorAll('a[href], summary, [tabindex]').length"
HERE = """(() => { const one = document.activeElement; if (!one || one === document.body) return null;
  const all = [...document.querySelectorAll('a[href], summary, [tabindex]')];
  const style = getComputedStyle(one);
  return [all.indexOf(one), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0] })()"""


def _tool():
    spec = importlib.util.spec_from_file_location("gallery_tool", ROOT / "tools" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    tool = _tool()
    found = {"by_hand": write_html(PAGE, folder / "by_hand.html")[0]}
    found["exercise"] = write_html(exercise(PAGE, "all", 1).sheet, folder / "exercise.html")[0]
    for path in tool.scripts():
        found[path.stem] = tool.make(path, folder)[0]
    return found


@pytest.fixture(scope="module")
def browser():
    found = Browser()
    yield found
    found.close()


@pytest.mark.parametrize(
    ("name", "mode"), [*[("by_hand", mode) for mode in MODES], *[(n, m) for n in PAGES[1:] for m in ("phone", "zoom")]]
)
def test_every_formula_is_seen_nothing_is_cut_off_and_no_request_leaves(browser, pages, name, mode):
    browser.open(pages[name], **MODES[mode])
    browser.run(OPEN)
    assert browser.run(FORMULAS) == []
    assert browser.run("document.documentElement.scrollWidth") <= MODES[mode]["width"]
    assert browser.run(OUTSIDE) == []
    asked = [url for url in browser.requests if not url.startswith("data:")]
    assert asked == [pages[name].resolve().as_uri()]


@pytest.mark.parametrize(
    ("name", "mode"),
    [*[("by_hand", mode) for mode in MODES], ("exercise", "dark"), *[(name, "desk") for name in SCRIPTS]],
)
def test_axe_finds_no_violation(browser, pages, name, mode):
    axe = find_axe()
    browser.open(pages[name], **MODES[mode])
    browser.run(OPEN)
    browser.run(f"{axe};0")
    assert browser.run(AXE) == []


@pytest.mark.parametrize("name", ["by_hand", "vanishing_sigmoid"])
def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(browser, pages, name):
    browser.open(pages[name])
    browser.run(OPEN)
    stops = browser.run(STOPS)
    assert stops > 5
    reached = []
    for _ in range(stops):
        browser.press("Tab")
        here = browser.run(HERE)
        assert here is not None
        place, visible = here
        assert visible, f"stop {place} shows no focus"
        reached.append(place)
    assert reached == list(range(stops))


def test_folded_parts_open_by_keyboard(browser, pages):
    browser.open(pages["by_hand"])
    browser.run("document.querySelector('section > details > summary').focus()")
    assert browser.run("document.activeElement.parentElement.open") is False
    browser.press("Enter")
    assert browser.run("document.activeElement.parentElement.open") is True


def test_a_wide_formula_scrolls_in_its_frame(browser, pages):
    browser.open(pages["by_hand"], **MODES["phone"])
    wide = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    assert browser.run(f"{wide}.length") > 0
    assert browser.run(f"{wide}.every(one => one.tabIndex === 0 && one.ariaLabel)")
    moved = f"(() => {{ const one = {wide}[0]; one.scrollLeft = 40; return one.scrollLeft }})()"
    assert browser.run(moved) > 0


def test_dark_is_dark(browser, pages):
    shade = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)"
    browser.open(pages["by_hand"], dark=True)
    assert max(browser.run(shade)) < 60
    browser.open(pages["by_hand"])
    assert min(browser.run(shade)) > 200
