"""Formulas in a terminal: by hand, over all parts, and never an error."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork import catalog
from glasswork.verbs import show
from glasswork.verbs.plain_formula import plain_formula, plain_text

PARTS = [(room, name) for room in catalog.rooms() for name in catalog.names(room)]


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{a + b}{2}", "(a + b)/2"),
        (r"\tfrac12 e^2", "½ e²"),
        (r"\frac1n \sum_{i=1}^{n} x_i", "1/n Σᵢ₌₁ⁿ xᵢ"),
        (r"\sqrt{x^2 + 1} \le \sqrt 2", "√(x² + 1) ≤ √2"),
        (r"\hat y_{t+h}, \bar\theta", "ŷₜ₊ₕ, θ̄"),
        (r"f_\text{up} = e^{-x}", "f_up = e⁻ˣ"),
        (r"10^{2i/W} \cdot x_{a,b}", "10^(2i/W) · x_(a,b)"),
        (r"\left(\alpha\,\beta\right)^\gamma", "(α β)^γ"),
        (r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "{ x if x > 0; 0 otherwise }"),
        (r"a = b, \qquad c = d", "a = b,   c = d"),
        (r"|e| + \|w\|", "|e| + ‖w‖"),
        (r"\unheard{of}", r"\unheardof"),
    ],
)
def test_worked_by_hand(latex, shown):
    assert plain_formula(latex) == shown


def test_no_command_is_left_in_any_part_s_page():
    formulas = [formula for room, name in PARTS if (formula := catalog.describe(room, name).formula)]
    assert len(formulas) > 50
    assert [formula for formula in formulas if "\\" in plain_formula(formula)] == []
    for room, name in PARTS:
        page = [line for line in show(f"{room}.{name}").text.splitlines() if not line.lstrip().startswith(">>>")]
        assert not re.search(r"\\[A-Za-z]|:\w+:`|\.\. math::|``", "\n".join(page)), (room, name)


def test_examples_stay_as_they_are_typed():
    assert plain_text(">>> f(r'``x``')  # :math:`x`") == ">>> f(r'``x``')  # :math:`x`"


def test_a_block_ends_where_its_indent_ends():
    text = "Before\n\n.. math:: a = b \\\\\n          c = d\n\nAfter ``it``."
    assert plain_text(text) == "Before\n\n    a = b   c = d\n\nAfter `it`."


@given(st.text(alphabet=r"\{}_^&$ abc1()|.", max_size=40))
def test_any_text_is_shown_somehow(latex):
    assert isinstance(plain_formula(latex), str)
    assert isinstance(plain_text(f".. math:: {latex}"), str)


def test_a_matrix_and_aligned_rows():
    assert plain_formula(r"K = \begin{pmatrix} 1 & 0 \\ 0 & -1 \end{pmatrix}") == "K = (1 0; 0 -1)"
    assert plain_formula(r"\begin{aligned} i &= \sigma(x) \\ f &= \sigma(y) \end{aligned}") == "i = σ(x)   f = σ(y)"
