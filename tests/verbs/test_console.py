"""Console: results apart from progress, worst findings first, one voice among several processes."""

import io

import pytest

from glasswork.records import Finding
from glasswork.verbs import Console


def finding(severity, fault, confidence=1.0):
    return Finding(fault, severity, confidence, where="here", evidence="Seen.", advice="Do.")


@pytest.fixture
def streams():
    return io.StringIO(), io.StringIO()


def test_results_and_progress_go_their_own_ways(streams):
    results, progress = streams
    console = Console(results=results, progress=progress)
    console.note("reading")
    console.result("accuracy 1")
    assert (results.getvalue(), progress.getvalue()) == ("accuracy 1\n", "reading\n")


def test_quiet_says_nothing(streams):
    results, progress = streams
    console = Console(quiet=True, results=results, progress=progress)
    console.note("reading")
    console.result("accuracy 1")
    assert results.getvalue() + progress.getvalue() == ""


def test_only_the_first_of_several_processes_speaks(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert Console().quiet
    monkeypatch.setenv("RANK", "0")
    assert not Console().quiet


def test_findings_worst_first_and_the_rest_counted(streams):
    results, progress = streams
    found = [finding("note", "n"), finding("warning", "w", 0.5), finding("critical", "c"), finding("warning", "v", 0.9)]
    Console(results=results, progress=progress).findings(found, most=3)
    lines = progress.getvalue().splitlines()
    assert [line.split()[1] for line in lines[:3]] == ["c", "v", "w"]
    assert lines[3] == "    and 1 more in the report"


def test_nothing_found_is_said_where_it_is_the_result(streams):
    results, progress = streams
    Console(results=results, progress=progress).findings([], results=True)
    assert results.getvalue() == "nothing wrong was found\n"
