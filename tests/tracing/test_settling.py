"""Rounding: what is printed comes true when it is computed again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.tracing.algebra import Apply, Frac, Num, Rest, Sum, Sym, evaluate
from glasswork.tracing.figures import figure, powers
from glasswork.tracing.plain import line_text, plain
from glasswork.tracing.reread import reread, reread_line
from glasswork.tracing.settling import Draft, magnitude, settle

numbers = st.floats(-1e5, 1e5).filter(lambda v: v == 0 or abs(v) > 1e-12)


@given(numbers, st.integers(2, 9))
def test_a_figure_is_right_to_half_its_last_digit(value, digits):
    text = figure(value, digits).text
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) if value else 1.0
    assert abs(reread(text) - value) <= max(0.5 * unit, 1e-7 * abs(value)) * (1 + 1e-9)


@given(st.lists(numbers, min_size=1, max_size=6))
def test_a_block_shares_its_powers_of_ten(values):
    exponents = powers(values)
    for value in values:
        found = figure(value, 4, exponents)
        assert found.exponent in (0, *exponents)
        assert abs(found.value - value) <= 0.5e-3 * abs(value) * (1 + 1e-6)


def symbols_of(values):
    return [Sym(f"v{n}", value) for n, value in enumerate(values)]


@given(st.lists(numbers, min_size=2, max_size=12))
def test_sums_of_products_come_true(values):
    found = symbols_of(values)
    formula = Sum(tuple(a * b for a, b in zip(found[::2], found[1::2], strict=False)))
    check(formula)


@given(st.floats(-20, 20), st.floats(0.01, 50), st.floats(-3, 3))
def test_functions_and_quotients_come_true(x, y, z):
    a, b, c = symbols_of([x, y, z])
    check(Frac(Num(1), 1 + Apply("exp", (-a,))))
    check(Apply("tanh", (c,)) * (1 - Apply("power", (c, Num(2)))))
    check(c - Apply("log", (Apply("exp", (c,)) + Apply("exp", (a,)),)))
    check(a / Apply("sqrt", (b + 1e-5,)))


def check(formula):
    value = evaluate(formula)
    (line,) = settle([Draft(Sym("t"), formula, value)])
    if line.exact:
        reading = reread_line(line_text(line))
        assert reading.agrees, line_text(line)
    else:  # only what cancels to nothing
        assert abs(value) < 1e-7 * magnitude(formula)
    assert "≈" in line_text(line) or line.exact


def test_the_careful_students_stumbling_block():
    # (0.0150)(0.0500) = 0.0007 with four decimals is false; with significant digits it comes true.
    (line,) = settle([Draft(Sym("d"), Sym("u", 0.01496) * Sym("v", 0.04995), 0.01496 * 0.04995)])
    assert line_text(line) == "d = u·v = (0.01496)(0.04995) = 7.473·10⁻⁴"
    assert reread_line(line_text(line)).agrees


def test_more_digits_where_the_line_needs_them():
    (line,) = settle([Draft(Sym("d"), Sym("u", 0.741369) * Sym("v", 0.741369), 0.741369**2)])
    assert line_text(line) == "d = u·v = (0.74137)(0.74137) = 0.5496"  # (0.7414)^2 would give 0.5497


def test_what_cancels_is_marked():
    values = (0.1, 0.2, -0.3)
    (line,) = settle([Draft(Sym("s"), Sum(tuple(symbols_of(values))), sum(values))])
    assert line_text(line) == "s = v0 + v1 + v2 = 0.1 + 0.2 − 0.3 ≈ 0"
    assert line.note == "0 but for rounding"


def test_the_remainder_is_printed_with_the_numbers():
    formula = Sum((Sym("a", 1.25), Rest(506, 0.013247)))
    (line,) = settle([Draft(Sym("s"), formula, 1.263247)])
    assert line_text(line) == "s = a + [506 terms] = 1.25 + [506 terms = 0.01325] = 1.263"


def test_infinite_and_missing_numbers_have_no_arithmetic():
    (line,) = settle([Draft(Sym("s"), Sym("a", math.inf) + 1, math.inf)])
    assert line.numbers is None


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (-(Sym("a") + Sym("b")), "−(a + b)"),
        (Sym("a") - Sym("b") * Sym("c"), "a − b·c"),
        (Frac(Sym("a") + 1, Sym("b") * Sym("c")), "(a + 1)/(b·c)"),
        (Apply("exp", (Num(-0.5),)), "e^−0.5"),
        (Apply("power", (Num(-0.5), Num(2))), "(−0.5)^2"),
        (Apply("max", (Num(0), Num(-0.5))), "max(0, −0.5)"),
        (Num(-1) * Num(0.5) * Num(2), "−(0.5)(2)"),
        (Apply("sqrt", (Apply("power", (Num(3), Num(2))) + Num(16),)), "√((3)^2 + 16)"),
    ],
)
def test_plain_text(expression, text):
    assert plain(expression) == text


@given(st.recursive(
    st.floats(-9, 9).map(lambda v: Num(round(v, 3))),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Sum(tuple(parts))),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        inner.map(lambda x: Apply("tanh", (x,))),
        inner.map(lambda x: Apply("power", (x, Num(2)))),
        inner.map(lambda x: -x),
        inner.map(lambda x: Frac(x, Num(3))),
        inner.map(lambda x: Frac(Num(1), Apply("abs", (x,)) + 1)),
    ),
    max_leaves=8,
))  # fmt: skip
def test_what_is_printed_is_what_was_meant(expression):
    assert math.isclose(reread(plain(expression)), evaluate(expression), rel_tol=1e-9, abs_tol=1e-9)
