"""The catalogue of the course is whole, and refuses what is not in it."""

import pytest

from glasswork import course
from glasswork.errors import UnknownNameError


def test_every_item_is_there_once_and_says_how_to_check_it():
    ids = [item.id for item in course.items()]
    assert len(ids) == len(set(ids)) == 385
    assert len(course.groups()) == 32
    assert all(item.name and item.check for item in course.items())
    assert {item.group for item in course.items()} == set(course.groups())


def test_known_mistakes_are_there_once():
    assert len(course.mistakes()) == 182
    assert all(mistake.right for mistake in course.mistakes().values())


def test_worked_examples_have_numbers_and_tolerances():
    assert len(course.worked_examples()) == 57
    for id in course.worked_examples():
        example = course.worked(id)
        assert example["expected"]
        assert example["tolerance"]["abs"] >= 0
        assert set(example.get("note_value", {})) == set(example.get("note_remark", {}))


def test_an_example_cannot_be_changed_by_its_reader():
    course.worked("WE-22")["expected"].clear()
    assert course.worked("WE-22")["expected"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: course.item("ACT-99"), r"no item 'ACT-99'; did you mean 'ACT-\d+'\?"),
        (lambda: course.items("ACTS"), r"no group 'ACTS'; did you mean 'ACT'\?"),
        (lambda: course.worked("WE-99"), r"no worked example 'WE-99'; did you mean 'WE-\d+'\?"),
    ],
)
def test_unknown_names(call, said):
    with pytest.raises(UnknownNameError, match=said):
        call()


def test_a_claim_is_read_with_its_verdict():
    assert course.spread([{"x": 1.0}, {"x": 3.0}], "x") == "2 ± 1.41"
