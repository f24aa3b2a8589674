"""Exercises: blanks are numbered, the solution fills them, and the sheet does not give an answer away."""

import re

import pytest
import torch
from pages_by_hand import PAGE
from torch import nn

import glasswork as gw
from glasswork.errors import UnknownNameError
from glasswork.tracing.document import Printed
from glasswork.tracing.exercise import exercise
from glasswork.tracing.plain import line_text
from glasswork.tracing.reread import reread_line
from glasswork.tracing.writers.html import html
from glasswork.tracing.writers.json import json
from glasswork.tracing.writers.latex import latex
from glasswork.tracing.writers.text import text

KINDS = ("deltas", "weights", "activations", "all")


@pytest.fixture(scope="module")
def step():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    x, y = torch.tensor([[0.05, 0.1]]), torch.tensor([[1.0]])
    return gw.trace(net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y, optimizer=optimizer)


def leaks(page, answers):
    """The answers of three digits and more that stand in a text, whatever their sign."""
    plain = re.sub(r"<style>.*?</style>|<sup>|</sup>", "", page, flags=re.DOTALL)
    found = set(re.findall(r"\d+\.\d+", plain))
    digits = {answer.digits.lstrip("-") for answer in answers.values()}
    return {number for number in digits if len(number.replace(".", "").lstrip("0")) >= 3 and number in found}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("blanks", KINDS)
def test_the_sheet_gives_no_answer_away(step, blanks, seed):
    found = step.exercise(blanks, seed)
    assert found.answers
    for page in (found.text(), html(found.sheet), latex(found.sheet), json(found.sheet)):
        assert leaks(page, found.answers) == set()
    assert leaks(text(found.solution), found.answers)  # the same search does find them there


@pytest.mark.parametrize("blanks", KINDS)
def test_every_blank_has_a_number_and_an_answer(step, blanks):
    found = step.exercise(blanks, 3)
    numbers = {
        int(n.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))) for n in re.findall("____([₀-₉]+)", found.text())
    }
    assert numbers == set(found.answers) == set(range(1, len(numbers) + 1))
    assert "____" not in text(found.solution)


@pytest.mark.parametrize("seed", range(5))
def test_with_the_answers_put_in_every_line_comes_true(step, seed):
    found = step.exercise("deltas", seed)
    solved = {line_text(line) for line in found.solution.lines()}
    filled = 0
    for line in found.sheet.lines():
        if line.result is not None and isinstance(line.result, Printed) and line.result.digits.startswith("____"):
            number = int(line.result.digits[4:].translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")))
            answer = found.answers[number]
            partner = [one for one in solved if one.startswith(line_text(line).split(" = ")[0] + " ")]
            assert any(one.endswith(answer.text.replace("-", "−")) for one in partner)
            assert all(reread_line(one).agrees for one in partner)
            filled += 1
    assert filled >= 5


def test_no_line_shows_what_a_blank_was_used_for(step):
    for seed in range(5):
        for line in step.exercise("activations", seed).sheet.lines():
            if line.numbers is not None and "____" in line_text(line).split(" = ")[-2]:
                assert "____" in line_text(line).rsplit(" = ", 1)[1]


def test_the_seed_chooses(step):
    assert step.exercise("deltas", 3).text() == step.exercise("deltas", 3).text()
    assert len({step.exercise("weights", seed).text() for seed in range(6)}) > 1


def test_pictures_and_checks_are_left_out_of_the_sheet():
    found = exercise(PAGE, "all", 0)
    assert "<image" not in html(found.sheet)
    assert found.sheet.checks == []
    assert "<image" in html(found.solution)


def test_both_pages_are_written(step, tmp_path):
    sheet, solution = step.exercise("deltas", 3).html(tmp_path / "sheet.html")
    assert (sheet.name, solution.name) == ("sheet.html", "sheet-solution.html")
    assert "Answers" in solution.read_text("utf-8")


def test_unknown_blanks_are_refused(step):
    with pytest.raises(UnknownNameError, match="no kind of blanks 'delta'; did you mean 'deltas'"):
        step.exercise("delta")
