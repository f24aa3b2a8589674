"""Expressions and lines as MathML, in rows that a page can hold.

A line that is short stands in one row. A longer one gives each of its sides (formula, numbers, result) a row of its
own, and a sum that is still too long goes on in the next row, its sign first. Widths are estimated by counting signs;
what is wider all the same (one long fraction, say) is scrolled by the page.

>>> from glasswork.tracing.algebra import Num, Sym
>>> math(Sym("w") * Sym("x"))
'<mi>w</mi><mo>·</mo><mi>x</mi>'
>>> math(Num(0.05) * Num(-2.5))  # doctest: +ELLIPSIS
'<mo stretchy="false">(</mo><mn>0.05</mn><mo stretchy="false">)</mo>...'
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, symbols
from glasswork.tracing.document import Letters, Line, Printed, letters_of
from glasswork.tracing.figures import figure
from glasswork.tracing.plain import plain

__all__ = ["WIDE", "line_math", "line_rows", "math", "span_of", "symbol_math"]

WIDE = 80
"""Signs that fit into one row."""

_MINUS = '<mo form="prefix">−</mo>'
_FUNCTIONS = {"log": "ln", "sigmoid": "σ", "relu": "ReLU"}


def math(expression: Expression) -> str:
    """Return an expression as the inside of a ``math`` element."""
    match expression:
        case Num():
            return _number(expression)
        case Sym():
            return symbol_math(expression)
        case Rest(count, value, what):
            held = f"<mtext>{count:,} {escape(what)}</mtext><mo>=</mo>{_number(figure(value, 12))}"
            return f'<mrow class="rest"><mo stretchy="false">[</mo>{held}<mo stretchy="false">]</mo></mrow>'
        case Sum(terms):
            return "".join(_terms(terms))
        case Prod(factors):
            return _product(factors)
        case Frac(top, bottom):
            return f"<mfrac><mrow>{math(top)}</mrow><mrow>{math(bottom)}</mrow></mfrac>"
        case Apply("power", (base, exponent)):
            below = math(base) if _is_letter(base) else _bracketed(math(base))
            return f"<msup><mrow>{below}</mrow><mrow>{math(exponent)}</mrow></msup>"
        case Apply("exp", (exponent,)):
            return f"<msup><mi>e</mi><mrow>{math(exponent)}</mrow></msup>"
        case Apply("sqrt", (inner,)):
            return f"<msqrt><mrow>{math(inner)}</mrow></msqrt>"
        case Apply("abs", (inner,)):
            return f'<mo form="prefix">|</mo>{math(inner)}<mo form="postfix">|</mo>'
        case Apply(function, arguments):
            name = f'<mi mathvariant="normal">{escape(_FUNCTIONS.get(function, function))}</mi>'
            return name + _bracketed('<mo separator="true">,</mo>'.join(map(math, arguments)))
    raise TypeError(f"not an expression: {expression!r}")


def symbol_math(symbol: Sym) -> str:
    """Return a symbol with its indices, and the derivative of the loss where it is one."""
    letters = letters_of(symbol)
    inner = _letters(letters)
    if letters.of_loss:
        top = "<mrow><mi>∂</mi><mi>L</mi></mrow>"
        return f'<mfrac class="of-loss">{top}<mrow><mi>∂</mi>{inner}</mrow></mfrac>'
    return inner


def line_rows(line: Line, wide: int = WIDE) -> list[tuple[str, str, str]]:
    """Return the rows of a line: what stands left of the sign, the sign, what stands right of it."""
    sides: list[tuple[str, Expression]] = []
    if line.formula is not None:
        sides.append(("=", line.formula))
    if line.numbers is not None:
        sides.append(("=", line.numbers))
    if line.result is not None:
        sides.append(("=" if line.exact else "≈", line.result))
    left = math(line.symbol)
    if not sides:
        return [(left, "", "")]
    length = len(plain(line.symbol)) + sum(3 + span_of(side) for _, side in sides)
    if length <= wide:
        joined = sides[0][1], "".join(f"<mo>{sign}</mo>{math(side)}" for sign, side in sides[1:])
        return [(left, sides[0][0], math(joined[0]) + joined[1])]
    rows: list[tuple[str, str, str]] = []
    for place, (sign, side) in enumerate(sides):
        if place and isinstance(side, Num) and _fits_behind(sides[place - 1][1], side, wide):
            before = rows[-1]
            rows[-1] = (before[0], before[1], f"{before[2]}<mo>{sign}</mo>{math(side)}")
            continue
        for number, piece in enumerate(_pieces(side, wide - 8)):
            rows.append((left if not rows else "", sign if not number else "", piece))
    return rows


def line_math(line: Line, wide: int = WIDE) -> str:
    """Return a line as one ``math`` element."""
    rows = "".join(
        f'<mtr><mtd class="left">{_cell(left)}</mtd><mtd class="sign">{f"<mo>{sign}</mo>" if sign else ""}</mtd>'
        f'<mtd class="right">{_cell(right)}</mtd></mtr>'
        for left, sign, right in line_rows(line, wide)
    )
    return f'<math displaystyle="true"><mtable>{rows}</mtable></math>'


def _cell(inner: str) -> str:
    return f"<mrow>{inner}</mrow>" if inner else ""


def _fits_behind(side: Expression, result: Expression, wide: int) -> bool:
    """Whether a result may stand behind the last row of what it is the result of."""
    if not isinstance(side, Sum):
        return span_of(side) + span_of(result) + 3 <= wide
    last = 0
    for term in side.terms:
        length = span_of(term) + 3
        last = length if last and last + length > wide - 8 else last + length
    return last + span_of(result) + 3 <= wide


def _pieces(side: Expression, wide: int) -> list[str]:
    """Break a long sum into rows."""
    if not isinstance(side, Sum) or span_of(side) <= wide:
        return [math(side)]
    rows, length = [""], 0
    for term, shown in zip(side.terms, _terms(side.terms), strict=True):
        more = span_of(term) + 3
        if length and length + more > wide:
            rows.append("<mspace width='1em'></mspace>")
            length = 2
        rows[-1] += shown
        length += more
    return rows


def span_of(expression: Expression) -> int:
    """Estimate how many signs wide an expression stands on the page."""
    match expression:
        case Frac(top, bottom):
            return max(span_of(top), span_of(bottom)) + 1
        case Sum(terms):
            return sum(span_of(term) + 3 for term in terms) - 3
        case Prod(factors):
            return sum(span_of(factor) + 2 for factor in factors)
        case Apply("exp", (exponent,)):
            return 1 + span_of(exponent)
        case Apply("power", (base, exponent)):
            return 2 + span_of(base) + span_of(exponent)
        case Apply(_, arguments):
            return 6 + sum(map(span_of, arguments))
        case Sym():
            letters = letters_of(expression)
            scripts = max(len(letters.upper), len(letters.lower)) * 2 // 3
            return len(letters.base) + scripts + len(letters.at) + (2 if letters.of_loss else 0)
    return len(plain(expression))


def _terms(terms: Sequence[Expression]) -> list[str]:
    """Return each term with the sign before it."""
    shown = []
    for place, term in enumerate(terms):
        said = math(term)
        if not place:
            shown.append(said)
        elif _is_negative(said):
            shown.append("<mo>−</mo>" + said.removeprefix(_MINUS).replace("<mn>−", "<mn>", said.startswith("<mn>")))
        else:
            shown.append(f"<mo>+</mo>{said}")
    return shown


def _product(factors: Sequence[Expression]) -> str:
    sign = ""
    if isinstance(factors[0], Num) and factors[0].value == -1 and len(factors) > 1:
        sign, factors = _MINUS, factors[1:]
    if len(factors) == 1:
        inner = math(factors[0])
        needs = isinstance(factors[0], Sum) or _is_negative(inner)
        return sign + (_bracketed(inner) if sign and needs else inner)
    numeric = not any(True for factor in factors for _ in symbols(factor))
    parts = []
    for factor in factors:
        said = math(factor)
        bare = isinstance(factor, Num) and (numeric or _is_negative(said))
        parts.append(_bracketed(said) if bare or isinstance(factor, (Sum, Prod)) else said)
    return sign + ("" if numeric else "<mo>·</mo>").join(parts)


def _number(number: Num) -> str:
    shown = number if isinstance(number, Printed) else figure(number.value, 12)
    if shown.digits.startswith("____"):  # a blank of an exercise, with its number
        return f'<mrow class="blank"><mtext>{escape(shown.digits)}</mtext></mrow>'
    digits = f"<mn>{escape(shown.digits.replace('-', '−'))}</mn>"
    if shown.exponent:
        power = str(shown.exponent).replace("-", "−")
        digits += f"<mo>·</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
    return digits


def _letters(letters: Letters) -> str:
    base = _base(letters)
    lower, upper = letters.lower, letters.upper
    if letters.base.endswith("]") or "." in letters.base:  # a parameter under its own name: w[0,1]
        base, lower = base + (_square(lower) if lower else ""), ""
    if letters.accent in ("new", "old"):
        upper = f"{upper},{letters.accent}" if upper else letters.accent
    low, high = _index(lower), _index(upper)
    if low and high:
        shown = f"<msubsup>{base}{low}{high}</msubsup>"
    elif low:
        shown = f"<msub>{base}{low}</msub>"
    elif high:
        shown = f"<msup>{base}{high}</msup>"
    else:
        shown = base
    return shown + (_bracketed(f"<mtext>{escape(letters.at)}</mtext>") if letters.at else "")


def _base(letters: Letters) -> str:
    base = escape(letters.base)
    shown = f"<mi>{base}</mi>" if len(letters.base) == 1 else f"<mtext>{base}</mtext>"
    match letters.accent:
        case "hat":
            return f'<mover>{shown}<mo stretchy="false">\u02c6</mo></mover>'
        case "prime":
            return f"<mrow>{shown}<mo>′</mo></mrow>"
    return shown


def _index(text: str) -> str:
    if not text:
        return ""
    return f"<mn>{text}</mn>" if text.isdigit() else f"<mtext>{escape(text)}</mtext>"


def _square(index: str) -> str:
    return f'<mo stretchy="false">[</mo><mtext>{escape(index)}</mtext><mo stretchy="false">]</mo>'


def _bracketed(inner: str) -> str:
    if "<mfrac" in inner:
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"
    return f'<mo stretchy="false">(</mo>{inner}<mo stretchy="false">)</mo>'


def _is_letter(expression: Expression) -> bool:
    if not isinstance(expression, Sym):
        return False
    letters = letters_of(expression)
    return not (letters.upper or letters.of_loss or letters.at)


def _is_negative(said: str) -> bool:
    return said.startswith((_MINUS, "<mn>−"))
