r"""Plain formula: LaTeX as a terminal can show it: ``\frac{a + b}{2}`` as ``(a + b)/2``; the unknown stays LaTeX."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["plain_formula", "plain_sentence", "plain_text"]

_WIDE = "\u2003"  # between two formulas on one line
_LONGEST = 96


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)


_PAIRS = _words(r"""
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ kappa κ lambda λ mu μ nu ν xi ξ pi π
    rho ρ sigma σ tau τ phi φ varphi φ chi χ psi ψ omega ω
    Gamma Γ Delta Δ Theta Θ Lambda Λ Sigma Σ Phi Φ Psi Ψ Omega Ω
    ell ℓ nabla ∇ partial ∂ infty ∞ sum Σ prod Π int ∫ cdot · times × odot ⊙ oplus ⊕ pm ± circ ∘
    le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ propto ∝ sim ~ ll ≪ gg ≫ in ∈ notin ∉ subset ⊂ cup ∪ cap ∩
    star ⋆ mid | vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ | ‖ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ langle ⟨ rangle ⟩
    leftarrow ← gets ← rightarrow → to → mapsto ↦ Rightarrow ⇒ dots … ldots … cdots ⋯ top T prime ′ forall ∀
    { { } } # # % % _ _ & &
""")
_SIGNS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": _WIDE, "qquad": _WIDE, "\\": _WIDE}
_NAMES = _words("log ln exp sin cos tan sinh cosh tanh min max arg argmin argmax det dim ker lim sup inf Pr")
_SIZES = _words("left right big Big bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle limits")
_FONTS = _words("text operatorname mathrm mathbf mathit mathcal mathbb mathsf boldsymbol")
_ACCENTS = {
    "hat": "\u0302",
    "overrightarrow": "\u20d7",
    "overleftarrow": "\u20d6",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
    "tilde": "\u0303",
}
_LOW = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_HIGH = dict(zip("0123456789+-=()abcdefghijklmnoprstuvwxyzT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ", strict=True))


def plain_formula(latex: str) -> str:
    r"""Return a formula in signs that a terminal shows.

    >>> plain_formula(r"\ell = \frac1n \sum_i (\hat y_i - y_i)^2")
    'ℓ = 1/n Σᵢ (ŷᵢ - yᵢ)²'
    >>> plain_formula(r"w \sim \mathcal U(-b, b), \qquad b = \sqrt{\frac{6}{\text{in} + \text{out}}}")
    'w ~ U(-b, b),   b = √(6/(in + out))'
    """
    shown = _Reader(" ".join(latex.split())).read()
    shown = re.sub(r" *\u2003[ \u2003]*", _WIDE, re.sub(r" {2,}", " ", shown)).strip(f" {_WIDE}")
    return re.sub(r"(?<=[(\[⌈⌊]) +| +(?=[)\]⌉⌋])", "", shown).replace(_WIDE, "   ")


def plain_text(text: str) -> str:
    r"""Return a docstring without its markup: formulas, ``:math:`` and other roles, double backticks.

    >>> print(plain_text(":class:`~a.b.Adam` keeps :math:`m_t`, as ``m``:\n\n.. math:: m_t = \\beta m_{t-1}"))
    `Adam` keeps mₜ, as `m`:
    <BLANKLINE>
        mₜ = β mₜ₋₁
    """
    shown: list[str] = []
    lines = iter(text.splitlines())
    waiting = next(lines, None)
    while waiting is not None:
        line, waiting = waiting, next(lines, None)
        head, mark, first = line.partition(".. math::")
        if not mark or head.strip():
            shown.append(line)
            continue
        block = [first]
        while waiting is not None and (not waiting.strip() or len(waiting) - len(waiting.lstrip()) > len(head)):
            if not waiting.strip() and any(part.strip() for part in block):
                break
            block.append(waiting)
            waiting = next(lines, None)
        shown += [f"{head}    {row}" for row in _rows(plain_formula(" ".join(block)))]
    return "\n".join(_without_roles(shown))


def plain_sentence(text: str) -> str:
    r"""Return a sentence whose formulas stand between dollar signs.

    >>> plain_sentence(r"$\varphi' = a\,y(1-y)$, S-shaped")
    "φ' = a y(1-y), S-shaped"
    """
    return re.sub(r"\$([^$]+)\$", lambda found: plain_formula(found[1]), text)


def _rows(formula: str) -> list[str]:
    """Give each of several formulas a line of its own where one line would be too long."""
    return [formula] if len(formula) <= _LONGEST else [row for row in formula.split("   ") if row]


def _without_roles(lines: list[str]) -> list[str]:
    """Replace roles, also those that go on in the next line; examples stay as they are typed."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        example = line.lstrip().startswith((">>>", "..."))
        if example:
            paragraphs += [[line], []]
        else:
            paragraphs[-1].append(line)
    done = []
    for paragraph in paragraphs:
        joined = "\n".join(paragraph)
        if not joined.lstrip().startswith((">>>", "...")):
            joined = re.sub(r":math:`([^`]*)`", lambda found: plain_formula(found[1]), joined)
            joined = re.sub(r":\w+:`~?(?:[\w.]*\.)?([^`]*)`", r"`\1`", joined)
            joined = re.sub(r"``([^`]+)``", r"`\1`", joined)
        done += [joined] if paragraph else []
    return done


class _Reader:
    """Reads a formula from left to right, one sign, command or group at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self, end: str = "") -> str:
        """Return everything up to the closing `end`, or to the end of the text."""
        shown = ""
        while self.at < len(self.text):
            if end and self.text.startswith(end, self.at):
                self.at += len(end)
                break
            shown += self.one()
        return shown

    def one(self) -> str:
        """Return the next sign, command with its arguments, group or script."""
        sign = self.text[self.at]
        self.at += 1
        if sign == "{":
            return self.read("}")
        if sign in "_^":
            return self.script(sign)
        return self.command() if sign == "\\" else sign

    def argument(self) -> str:
        """Return one argument: a group, a command or a single sign."""
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1
        return self.one().strip() if self.at < len(self.text) else ""

    def script(self, sign: str) -> str:
        word = self.text.startswith(("\\text", "{\\text", "\\operatorname", "{\\operatorname"), self.at)
        inner = self.argument()
        table = _LOW if sign == "_" else _HIGH
        signs = inner.replace(" ", "")
        if signs and not word and all(one in table for one in signs):
            return "".join(table[one] for one in signs)
        return f"{sign}{inner}" if re.fullmatch(r"\w+|.", inner) else f"{sign}({inner})"

    def command(self) -> str:
        found = re.compile(r"[A-Za-z]+|.").match(self.text, self.at)
        if found is None:
            return "\\"
        name = found[0]
        self.at = found.end()
        if name in _SPACES:
            return _SPACES[name]
        if name in _SIGNS:
            return _SIGNS[name]
        if name in _NAMES:
            return name
        if name in _SIZES:
            self.at += self.text.startswith(".", self.at)  # \right. closes nothing
            return ""
        if name in _FONTS:
            spaced = re.compile(r"\{([^{}\\]*)\}").match(self.text, self.at)
            if spaced is None:
                return self.argument()
            self.at = spaced.end()
            return spaced[1]
        return self.built(name)

    def built(self, name: str) -> str:
        """Return what is built from arguments."""
        if name in ("frac", "tfrac", "dfrac"):
            above, below = self.argument(), self.argument()
            return "½" if (above, below) == ("1", "2") else f"{_operand(above)}/{_operand(below)}"
        if name == "sqrt":
            inner = self.argument()
            return f"√{inner}" if _is_letter(inner) else f"√({inner})"
        if name in _ACCENTS:
            inner = self.argument()
            return unicodedata.normalize("NFC", inner + _ACCENTS[name]) if len(inner) == 1 else f"{name}({inner})"
        if name == "begin":
            for kind, read in (("cases", self.cases), ("aligned", self.aligned), ("pmatrix", self.matrix)):
                if self.text.startswith(f"{{{kind}}}", self.at):
                    self.at += len(kind) + 2
                    return read()
        return f"\\{name}"

    def block(self, kind: str) -> list[str]:
        """Return the rows up to the block's end."""
        body, _, rest = self.text[self.at :].partition(f"\\end{{{kind}}}")
        self.at = len(self.text) - len(rest)
        return body.split("\\\\")

    def aligned(self) -> str:
        return _WIDE.join(_Reader(row.replace("&", "").strip()).read().strip() for row in self.block("aligned"))

    def matrix(self) -> str:
        rows = [" ".join(_Reader(cell.strip()).read() for cell in row.split("&")) for row in self.block("pmatrix")]
        return f"({'; '.join(rows)})"

    def cases(self) -> str:
        rows = []
        for row in self.block("cases"):
            value, _, when = (_Reader(part.strip()).read() for part in row.partition("&"))
            joint = " if " if when and not when.startswith(("if", "else", "other")) else " "
            rows.append(f"{value.strip()}{joint}{when.strip()}".strip())
        return "{ " + "; ".join(rows) + " }"


def _is_letter(shown: str) -> bool:
    return len(re.sub("[\u0302-\u0304]", "", shown)) == 1


def _operand(shown: str) -> str:
    """Put brackets around what is more than one factor."""
    return shown if re.fullmatch(r"[^\s/+=·×-]+", shown) and not shown.startswith("(") else f"({shown})"
