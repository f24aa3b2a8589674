"""The pages about the course say what is true now: every item is covered or open, paths exist, tests are collected."""

from pathlib import Path

import pytest
from claims import digest, examples, load, measured
from coverage_table import ROOT, coverage, marks, named
from pages import pages

from glasswork import course


@pytest.fixture
def marked(request):
    """The markers of the whole suite; a part of it says nothing about the whole."""
    collected = {item.path for item in request.session.items}
    missing = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if path not in collected]
    if missing:
        pytest.skip(f"only a part of the suite is running: {missing[0].relative_to(ROOT)} is not collected")
    return marks(request.session.items)


def test_pages_are_up_to_date(marked):
    for path, text in pages(marked).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)}: run `make pages`"


def test_every_item_is_covered_or_open_and_every_path_exists(marked):
    table = coverage(marked, measured())
    assert list(table) == [item.id for item in course.items()]
    tests = {mark.test for mark in marked}
    for id, entry in table.items():
        if "open" in entry:
            assert entry["open"], id
            continue
        assert (ROOT / entry["file"]).is_file(), id
        for check in entry["verified_by"]:
            assert check in tests or (ROOT / check).is_file(), f"{id}: {check}"


def test_every_worked_example_is_reproduced(marked):
    done = {item for mark in marked for item in mark.items}
    assert [id for id in course.worked_examples() if id not in done] == []


def test_markers_and_files_name_things_that_exist(marked):
    known = {item.id for item in course.items()} | set(course.worked_examples())
    for mark in marked:
        assert set(mark.items) <= known, mark.test
        assert mark.file is None or (ROOT / mark.file).is_file(), mark.test
    for path in (ROOT / "src").rglob("*.py"):
        assert set(named(path)) <= known, path


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_an_experiment_runs_and_judges_what_it_names(path):
    module = load(path)
    found = module.verdicts([module.run(0)])
    assert found, "no verdict"
    assert set(found) == set(named(path))
    kept = measured().get(path.stem)
    assert kept is not None, f"run .venv/bin/python tools/claims.py {path.stem}"
    assert kept["digest"] == digest(path), f"changed since it was measured: tools/claims.py {path.stem}"
    assert set(kept["verdicts"]) == set(found)
    assert kept["seeds"] == module.SEEDS >= 3


def test_a_stale_page_is_noticed(marked):
    page = next(iter(pages(marked)))
    assert isinstance(page, Path)
    assert pages(marked)[page] != pages(marked[1:])[page]
