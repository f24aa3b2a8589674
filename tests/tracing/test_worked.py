"""The course's worked examples that describe a step come out of the trace itself, with the right numbers."""

import numpy as np
import pytest

from glasswork import course
from glasswork.errors import UnknownNameError
from glasswork.tracing.worked import lesson, lessons, worked_document
from glasswork.tracing.writers.text import text

ASKED = ["WE-01", "WE-03", "WE-03b", *(f"WE-{n}" for n in (10, 11, 12, 13, 27, 30, 35, 36, 38, 41, 42, 47, 48, 49, 50))]


def _compare(path, expected, got, tolerance):
    if isinstance(expected, dict):
        for key in expected:
            _compare(f"{path}.{key}", expected[key], got[key], tolerance)
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        for place, (right, ours) in enumerate(zip(expected, got, strict=True)):
            _compare(f"{path}[{place}]", right, ours, tolerance)
    else:
        np.testing.assert_allclose(got, expected, rtol=tolerance["rel"], atol=tolerance["abs"], err_msg=path)


def test_the_examples_that_describe_a_step_are_lessons():
    assert lessons() == [id for id in course.worked_examples() if id in ASKED]


@pytest.mark.parametrize("id", ASKED)
def test_the_trace_gives_the_right_numbers_and_checks_itself(id):
    example, found = course.worked(id), lesson(id)
    for key, expected in example["expected"].items():
        _compare(f"{id} {key}", expected, found.numbers[key], example["tolerance"])
    assert found.steps
    assert all(step.check().ok for _, step in found.steps)


@pytest.mark.parametrize("id", ASKED)
def test_a_wrong_printed_number_is_not_ours(id):
    found = lesson(id)
    for key, printed in course.worked(id).get("note_value", {}).items():
        try:
            wrong = np.asarray(eval(printed, {"__builtins__": {}}), dtype=float)  # noqa: S307 - our own data
        except (SyntaxError, NameError, TypeError, ValueError):
            continue
        ours = np.asarray(found.numbers[key], dtype=float)
        assert ours.shape != wrong.shape or not np.array_equal(ours.round(6), wrong.round(6)), key


@pytest.mark.parametrize("id", course.worked_examples())
def test_every_example_can_be_read_in_full(id):
    page = text(worked_document(id), width=72)
    example = course.worked(id)
    assert page.startswith(id)
    for remark in example.get("note_remark", {}).values():
        assert " ".join(remark.split())[:20] in " ".join(page.split())
    assert "MISMATCH" not in page


def test_an_unknown_example_is_refused():
    with pytest.raises(UnknownNameError, match="no worked example 'WE-99'"):
        lesson("WE-99")
