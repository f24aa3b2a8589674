"""The document's own types: numbers and symbols as they are printed."""

import pytest

from glasswork.tracing.algebra import Ref, Sym, evaluate
from glasswork.tracing.document import Document, Letters, Line, Printed, Section, Text, letters_of, named


def test_a_printed_number_is_worth_its_digits():
    number = Printed.of("-0.0150")
    assert (number.value, number.text) == (-0.015, "-0.0150")
    assert evaluate(Printed.of("1.25", -3) * Printed.of("2")) == 0.0025


@pytest.mark.parametrize(
    ("letters", "plain"),
    [
        (Letters("w", "2", "11"), "w^2_11"),
        (Letters("w", "12", "1,10"), "w^12_{1,10}"),
        (Letters("O", "", "21", at="3"), "O_21(3)"),
        (Letters("m", accent="hat"), "m_hat"),
        (Letters("w", "1", "21", accent="new"), "new w^1_21"),
        (Letters("encoder.0.weight[3,1]"), "encoder.0.weight[3,1]"),
        (Letters("h.bias[0]", of_loss=True), "∂L/∂h.bias[0]"),
    ],
)
def test_letters_in_plain_text(letters, plain):
    assert letters.plain == plain
    assert named(letters).name == plain


def test_a_symbol_without_letters_is_all_base():
    assert letters_of(Sym("w")) == Letters("w")
    assert letters_of(named(Letters("w", "1"), 2.0, Ref(3, (1,)))) == Letters("w", "1")


def test_lines_are_found_in_inner_sections():
    line = Line(Sym("w"))
    document = Document("t", sections=[Section("a", 1, [Text("x")], [Section("b", 2, [line])])])
    assert list(document.lines()) == [line]
