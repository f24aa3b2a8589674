r"""A document as LaTeX: `article` with `amsmath`, nothing else; and single expressions and lines.

>>> from glasswork.tracing.algebra import Frac, Num, Sym
>>> expression_latex(Frac(Num(1), 1 + Sym("w") * Sym("x")))
'\\frac{1}{1 + w \\, x}'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, symbols
from glasswork.tracing.document import (
    Block,
    Document,
    Graph,
    Heat,
    Letters,
    Line,
    Printed,
    Section,
    Table,
    Text,
    letters_of,
)
from glasswork.tracing.figures import figure
from glasswork.tracing.writers.mathml import span_of

__all__ = ["expression_latex", "latex", "line_latex", "words_latex"]

_FUNCTIONS = {"log": r"\ln", "sigmoid": r"\sigma", "relu": r"\operatorname{ReLU}", "erf": r"\operatorname{erf}",
              "sign": r"\operatorname{sign}", "max": r"\max", "min": r"\min", "tanh": r"\tanh", "sin": r"\sin",
              "cos": r"\cos"}  # fmt: skip
_GREEK = re.findall(
    r"\S+",
    "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma "
    "τ tau φ varphi χ chi ψ psi ω omega ∂ partial ℓ ell Δ Delta Σ Sigma Φ Phi",
)
_LETTERS = {letter: f"\\{name}" for letter, name in zip(_GREEK[::2], _GREEK[1::2], strict=True)}
_SIGNS = {
    "≈": r"$\approx$", "→": r"$\to$", "×": r"$\times$", "·": r"$\cdot$", "−": "--", "–": "--", "…": r"\dots{}",
    "≤": r"$\le$", "≥": r"$\ge$", "∂": r"$\partial$", "√": r"$\surd$", "²": r"\textsuperscript{2}", "⊙": r"$\odot$",
    "∞": r"$\infty$", "“": "``", "”": "''", "±": r"$\pm$", "←": r"$\leftarrow$", "∈": r"$\in$", "∇": r"$\nabla$",
}  # fmt: skip
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
            "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}",
            **{sign: f"\\{sign}" for sign in "&%$#_"}}  # fmt: skip
_RAISED = {**dict(zip("⁰¹³⁴⁵⁶⁷⁸⁹⁻", "013456789-", strict=True))}
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_HEADINGS = ("section*", "subsection*", "subsubsection*", "paragraph")
_LONG = 74

_HEAD = r"""\documentclass[11pt]{article}
\usepackage[margin=2.4cm]{geometry}
\usepackage{amsmath}
\usepackage{graphicx}
\allowdisplaybreaks
% what cannot be broken is made small enough for the line
\newcommand{\fitted}[1]{\resizebox{\ifdim\width>.7\linewidth .7\linewidth\else\width\fi}{!}{$\displaystyle #1$}}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\emergencystretch=4em
\begin{document}
"""


def latex(document: Document) -> str:
    """Return a whole document; ``pdflatex`` needs nothing beside it."""
    parts = [_HEAD + f"\\section*{{\\LARGE {words_latex(document.title)}}}"]
    parts += [words_latex(sentence) for sentence in document.lead]
    parts += _listed(document.notes)
    for section in document.sections:
        parts += _section(section, 0)
    if document.checks:
        parts += ["\\section*{Checks}", *_listed(document.checks)]
    return "\n\n".join(parts) + "\n\n\\end{document}\n"


def expression_latex(expression: Expression) -> str:
    """Return an expression, to stand in math mode."""
    match expression:
        case Num():
            return _number(expression)
        case Sym():
            return _symbol(expression)
        case Rest(count, value, what):
            return f"[\\text{{{count:,} {words_latex(what)}}} = {_number(figure(value, 12))}]"
        case Sum(terms):
            return " ".join(_terms(terms))
        case Prod(factors):
            return _product(factors)
        case Frac(top, bottom):
            return f"\\frac{{{expression_latex(top)}}}{{{expression_latex(bottom)}}}"
        case Apply("power", (base, exponent)):
            plain = isinstance(base, Sym) and not letters_of(base).upper and not letters_of(base).of_loss
            below = expression_latex(base)
            return f"{{{below}}}^{{{expression_latex(exponent)}}}" if plain else (
                f"\\left({below}\\right)^{{{expression_latex(exponent)}}}"
            )  # fmt: skip
        case Apply("exp", (exponent,)):
            return f"e^{{{expression_latex(exponent)}}}"
        case Apply("sqrt", (inner,)):
            return f"\\sqrt{{{expression_latex(inner)}}}"
        case Apply("abs", (inner,)):
            return f"\\left|{expression_latex(inner)}\\right|"
        case Apply(function, arguments):
            name = _FUNCTIONS.get(function) or f"\\operatorname{{{words_latex(function)}}}"
            return f"{name}\\left({', '.join(map(expression_latex, arguments))}\\right)"
    raise TypeError(f"not an expression: {expression!r}")


def line_latex(line: Line) -> str:
    r"""Return one equation as the inside of ``align*``: rows that end in ``\\``, an ``&`` before each sign."""
    sides: list[tuple[str, Expression]] = [("=", side) for side in (line.formula, line.numbers) if side is not None]
    if line.result is not None:
        sides.append(("=" if line.exact else r"\approx", line.result))
    left = expression_latex(line.symbol)
    if not sides:
        return f"&{left}"
    shown = [(sign, expression_latex(side)) for sign, side in sides]
    if span_of(line.symbol) + sum(3 + span_of(side) for _, side in sides) <= _LONG:
        return f"{left} &{' '.join(f'{sign} {side}' for sign, side in shown)}"
    rows: list[str] = []
    room = 0
    for (sign, side), (_, expression) in zip(shown, sides, strict=True):
        if rows and isinstance(expression, Num) and room > span_of(expression):
            rows[-1] += f" {sign} {side}"
            continue
        pieces, room = _broken(sign, expression)
        rows += pieces
    return f"{left} " + " \\\\\n".join(rows)


def words_latex(text: str) -> str:
    r"""Return words with LaTeX's special signs escaped.

    >>> words_latex("71 % of δ_1 → 0")
    '71 \\% of $\\delta$\\_1 $\\to$ 0'
    >>> words_latex("|w| < 1")
    '\\textbar{}w\\textbar{} \\textless{} 1'
    """
    shown = []
    for sign in text:
        if sign in _LETTERS:
            shown.append(f"${_LETTERS[sign]}$")
        elif sign in _RAISED:
            shown.append(f"\\textsuperscript{{{_RAISED[sign]}}}")
        elif sign in _LOWERED:
            shown.append(f"\\textsubscript{{{_LOWERED[sign]}}}")
        else:
            shown.append(_SIGNS.get(sign) or _SPECIAL.get(sign, sign))
    return "".join(shown)


def _broken(sign: str, expression: Expression) -> tuple[list[str], int]:
    """Break a long sum, or a fraction's long numerator, before its signs; return the rows and the room in the last."""
    opening, closing = f"&{sign} ", ""
    if isinstance(expression, Frac) and span_of(expression) > _LONG - 8:
        opening += f"\\frac{{1}}{{{expression_latex(expression.bottom)}}}\\bigl("
        closing, inner = "\\bigr)", expression.top
    else:
        inner = expression
    if not isinstance(inner, Sum) or span_of(expression) <= _LONG - 8:
        return [f"&{sign} {_fitted(expression, expression_latex(expression))}"], _LONG - 8 - span_of(expression)
    rows, used = [opening], len(closing)
    for term, said in zip(inner.terms, _terms(inner.terms), strict=True):
        more = span_of(term) + 3
        if used and used + more > _LONG - 8:
            rows.append("&\\quad ")
            used = 2
        rows[-1] += f"{_fitted(term, said)} "
        used += more
    return [*(row.rstrip() for row in rows[:-1]), rows[-1].rstrip() + closing], _LONG - 8 - used


def _fitted(expression: Expression, said: str) -> str:
    return f"\\fitted{{{said}}}" if span_of(expression) > _LONG - 8 else said


def _section(section: Section, depth: int) -> Iterator[str]:
    heading = _HEADINGS[min(depth, len(_HEADINGS) - 1)]
    folded = f" ({section.folded})" if section.folded else ""
    yield f"\\{heading}{{{words_latex(section.title + folded)}}}"
    lines: list[Line] = []
    for block in section.blocks:
        if isinstance(block, Line) and not block.note:
            lines.append(block)
            continue
        if isinstance(block, Line):
            yield _align([*lines, block])
            yield f"{{\\small {words_latex(block.note)}}}"
        else:
            if lines:
                yield _align(lines)
            yield from _block(block)
        lines = []
    if lines:
        yield _align(lines)
    for child in section.children:
        yield from _section(child, depth + 1)


def _align(lines: Sequence[Line]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(map(line_latex, lines)) + "\n\\end{align*}"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(sentence):
            yield words_latex(sentence)
        case Table():
            yield _table(block)
        case Heat(title, values, _, caption):
            size = f"{len(values)} × {len(values[0]) if values else 0}"
            yield words_latex(f"{title}: a picture of {size} numbers, on the HTML page. {caption}".strip())
        case Graph(nodes, edges, caption):
            yield words_latex(caption)
            yield from _listed([_edge_words(nodes_by_key(nodes), edge) for edge in edges])
        case _:
            said = [getattr(block, "title", ""), getattr(block, "caption", "")]
            yield words_latex(": ".join(part for part in said if part) + " (a picture on the HTML page)")


def nodes_by_key(nodes: Sequence[object]) -> dict[str, str]:
    """Return the labels of a drawing's nodes."""
    return {str(getattr(node, "key", "")): str(getattr(node, "label", "")) for node in nodes}


def _edge_words(names: dict[str, str], edge: object) -> str:
    source, target, label, value, gradient = (
        str(getattr(edge, name)) for name in ("source", "target", "label", "value", "gradient")
    )
    said = f"{names.get(source, source)} → {names.get(target, target)}"
    said += f" ({label})" if label else ""
    return said + (f": {value}" if value else "") + (f", gradient {gradient}" if gradient else "")


def _table(table: Table) -> str:
    width = max((len(row) for row in table.values), default=0)
    labels = any(table.rows)
    columns = ("l" if labels else "") + "r" * width
    rows = []
    if any(table.columns):
        head = [words_latex(name) for name in table.columns]
        rows.append(" & ".join(([""] if labels and len(head) == width else []) + head) + r" \\ \hline")
    for place, row in enumerate(table.values):
        cells = [f"${_number(cell)}$" if isinstance(cell, Printed) else words_latex(cell) for cell in row]
        label = [words_latex(table.rows[place] if place < len(table.rows) else "")] if labels else []
        rows.append(" & ".join([*label, *cells]) + r" \\")
    body = "\n".join(rows)
    caption = f"\n\n{{\\small {words_latex(table.caption)}}}" if table.caption else ""
    title = f"{words_latex(table.title)}\n\n" if table.title else ""
    return f"{title}\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}{caption}"


def _listed(sentences: Sequence[str]) -> list[str]:
    if not sentences:
        return []
    items = "\n".join(f"\\item {words_latex(sentence)}" for sentence in sentences)
    return [f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}"]


def _terms(terms: Sequence[Expression]) -> list[str]:
    shown = []
    for place, term in enumerate(terms):
        said = expression_latex(term)
        if place:
            said = f"- {said[1:].lstrip()}" if said.startswith("-") else f"+ {said}"
        shown.append(said)
    return shown


def _product(factors: Sequence[Expression]) -> str:
    sign = ""
    if isinstance(factors[0], Num) and factors[0].value == -1 and len(factors) > 1:
        sign, factors = "-", factors[1:]
    if len(factors) == 1:
        inner = expression_latex(factors[0])
        needs = isinstance(factors[0], Sum) or inner.startswith("-")
        return sign + (f"\\left({inner}\\right)" if sign and needs else inner)
    numeric = not any(True for factor in factors for _ in symbols(factor))
    parts = []
    for factor in factors:
        said = expression_latex(factor)
        bare = isinstance(factor, Num) and (numeric or said.startswith("-"))
        parts.append(f"\\left({said}\\right)" if isinstance(factor, (Sum, Prod)) else f"({said})" if bare else said)
    return sign + ("" if numeric else r" \, ").join(parts)


def _number(number: Num) -> str:
    shown = number if isinstance(number, Printed) else figure(number.value, 12)
    if shown.digits.startswith("____"):
        return f"\\underline{{\\hspace{{3em}}}}_{{\\text{{{words_latex(shown.digits.lstrip('_'))}}}}}"
    return f"{shown.digits} \\cdot 10^{{{shown.exponent}}}" if shown.exponent else shown.digits


def _symbol(symbol: Sym) -> str:
    letters = letters_of(symbol)
    inner = _letters(letters)
    return f"\\frac{{\\partial L}}{{\\partial {inner}}}" if letters.of_loss else inner


def _letters(letters: Letters) -> str:
    base = _letter(letters.base)
    base = {"hat": f"\\hat{{{base}}}", "prime": f"{{{base}'}}"}.get(letters.accent, base)
    lower, upper = letters.lower, letters.upper
    if letters.accent in ("new", "old"):
        upper = f"{upper},{letters.accent}" if upper else letters.accent
    at = f"({_index(letters.at)})" if letters.at else ""
    if letters.base.endswith("]") or "." in letters.base:
        return f"{base}[{_index(lower)}]{at}" if lower else base + at
    if lower:
        base += f"_{{{_index(lower)}}}"
    if upper:
        base += f"^{{{_index(upper)}}}"
    return base + at


def _letter(text: str) -> str:
    if text in _LETTERS:
        return _LETTERS[text]
    return text if len(text) == 1 and text.isascii() and text.isalpha() else f"\\text{{{words_latex(text)}}}"


def _index(text: str) -> str:
    return text if re.fullmatch(r"[\d,]+|[a-zA-Z]", text) else f"\\text{{{words_latex(text)}}}"
