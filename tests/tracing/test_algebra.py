"""Expressions and re-reading: no torch, exact, and a line that does not reproduce is found out."""

import math

import pytest
import torch

from glasswork.tracing.algebra import Apply, Equation, Frac, Num, Prod, Rest, Sum, Sym, evaluate, symbols
from glasswork.tracing.reread import reread, reread_line


def test_operators_build_flat_trees():
    a, b, c = Sym("a", 2.0), Sym("b", 3.0), Sym("c", 5.0)
    assert a + b + c == Sum((a, b, c))
    assert 2 * a * b == Prod((Num(2), a, b))
    assert a - b == Sum((a, Prod((Num(-1), b))))
    assert 1 - a == Sum((Num(1), Prod((Num(-1), a))))
    assert -Num(3) == Num(-3)
    assert (a + b) / c == Frac(Sum((a, b)), c)
    assert a**2 == Apply("power", (a, Num(2)))
    assert evaluate((a + b) / c - 2 * a**2 + Rest(7, 0.5)) == 1 - 8 + 0.5
    assert [s.name for s in symbols((a + b) / c)] == ["a", "b", "c"]


def test_one_tree_is_evaluated_on_numbers_and_on_tensors():
    v, g = Sym("v"), Sym("g")
    tree = g / (Apply("sqrt", (v,)) + 1) + Apply("max", (v, g)) + Apply("sigmoid", (g,))
    x, y = torch.tensor([4.0, 9.0]), torch.tensor([1.0, -2.0])
    whole = evaluate(tree, {"v": x, "g": y})
    single = [evaluate(tree, {"v": float(a), "g": float(b)}) for a, b in zip(x, y, strict=True)]
    assert whole.tolist() == pytest.approx(single, rel=1e-6)


def test_sums_are_exact_and_infinities_pass():
    assert evaluate(Sum((Num(1e16), Num(1.0), Num(-1e16)))) == 1.0
    assert evaluate(Num(math.inf) + 1) == math.inf


def test_a_symbol_without_a_value_is_refused():
    with pytest.raises(ValueError, match="'q' has no value"):
        evaluate(Sym("q") + 1)


def test_an_equation_holds_steps():
    line = Equation(Sym("z", 3.0), (Num(1) + Num(2), Num(3.0)))
    assert len({evaluate(step) for step in line.steps}) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(0.05)(0.15) + (0.10)(0.20) + 0.35", 0.3775),
        ("2(3)(4) − 5", 19.0),
        ("1 / (1 + e^-0.3775)", 0.59327),
        ("1.2·10⁻³ × 2", 0.0024),
        ("-(2)^2", -4.0),
        ("2^-1", 0.5),
        ("√(16) + sqrt(9)", 7.0),
        ("max(0, -3) + ReLU(2) + |−4|", 6.0),
        ("tanh(0.5)σ(0)", 0.2310585786),
        ("ln(e) + 2π/π", 3.0),
        ("6/2/3", 1.0),
        ("(1)(2) + [506 terms = 0.0132]", 2.0132),
        ("3.5e-2", 0.035),
    ],
)
def test_printed_arithmetic_is_read(text, value):
    assert reread(text) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("text", ["w1 + 2", "(1 + 2", "", "2 +", "1 2 $"])
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(ValueError, match=r"in |name"):
        reread(text)


def test_lines_are_judged_by_their_last_digit():
    assert reread_line("z1 = (0.05)(0.15) + (0.10)(0.20) + 0.35 = 0.3775").agrees
    assert reread_line("z = 0.333 + 0.333 = 0.6660 ≈ 0.67").agrees
    wrong = reread_line("z = (2.0)(3.1) = 6.3")
    assert not wrong.agrees
    assert wrong.off == pytest.approx(1.0)
    assert reread_line("d = 1.04·10⁻³ = 1.0·10⁻³").agrees
    assert not reread_line("d = 1.06·10⁻³ = 1.0·10⁻³").agrees
