"""Reading a printed line back, and computing it again from the numbers that are printed. No torch.

What a careful student does with a pencil: take ``z = (0.05)(0.15) + 0.35 = 0.3575`` at its word. Every text writer's
line goes through `reread_line`; a line that does not reproduce within half a unit of its last digit gets an ≈.

Read are: ``+ - − * · × /``, products by juxtaposition, ``^`` and superscripts, brackets, ``e``, ``π``, functions
(``exp ln log sqrt √ tanh sigmoid σ relu ReLU abs sin cos erf sign max min``), ``|x|``, and ``[506 terms = 0.0132]``,
which is worth the number after its ``=``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from glasswork.tracing.algebra import FUNCTIONS

__all__ = ["Reading", "reread", "reread_line"]

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_WORDS = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(\[[^\]]*\])|([A-Za-zσπ√]+)|(.))")
_NAMES = {"ln": "log", "σ": "sigmoid", "√": "sqrt", "ReLU": "relu"}
_CONSTANTS = {"e": math.e, "π": math.pi, "pi": math.pi}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a printed line is worth."""

    parts: tuple[float, ...]
    """The value of each side that consists of numbers, from left to right, computed from what is printed."""
    printed: str
    """The number at the end, as printed."""
    off: float
    """How far the worst side is from the printed number, in units of its last digit."""

    @property
    def agrees(self) -> bool:
        """Whether every side gives the printed number, rounded to its last digit."""
        return self.off <= 0.5 + 1e-6


def reread(text: str) -> float:
    """Compute a printed expression.

    >>> round(reread("(0.05)(0.15) + (0.10)(0.20) + 0.35"), 6)
    0.3775
    >>> round(reread("1/(1 + e^−0.3775)"), 4)
    0.5933
    >>> reread("2·10⁻³ + [3 terms = 0.5]")
    0.502

    Raises:
        ValueError: it is not arithmetic.
    """
    return _Parser(text).whole()


def reread_line(line: str) -> Reading:
    """Read ``name = expression = ... = number`` and compare each numeric side with the number at the end.

    >>> reread_line("z = (0.05)(0.15) + 0.35 = 0.3575").agrees
    True
    >>> reading = reread_line("d = (0.0150)(0.0500) = 0.0007")
    >>> reading.agrees, round(reading.off, 1)  # 0.00075: half a unit off, to the wrong side of nothing
    (True, 0.5)
    >>> reread_line("d = (0.0154)(0.0500) = 0.0007").agrees
    False

    Raises:
        ValueError: the line ends in no number.
    """
    sides = _sides(line)
    printed = sides[-1].strip()
    result = reread(printed)
    unit = _unit(printed)
    parts = []
    for side in sides[:-1]:
        try:
            parts.append(reread(side))
        except ValueError:  # a name, or a formula in symbols
            continue
    worst = max((abs(part - result) / unit for part in parts), default=0.0)
    return Reading((*parts, result), printed, worst)


def _sides(line: str) -> list[str]:
    """Split at each equals or approximate sign outside of square brackets."""
    sides, depth, start = [], 0, 0
    for place, sign in enumerate(line):
        depth += (sign == "[") - (sign == "]")
        if sign in "=≈" and depth == 0:
            sides.append(line[start:place])
            start = place + 1
    return [*sides, line[start:]]


def _unit(printed: str) -> float:
    """Return what one unit of a printed number's last digit is worth.

    >>> _unit("0.0132"), _unit("-1.20e-5"), _unit("3·10⁻²"), _unit("7")
    (0.0001, 1e-07, 0.01, 1.0)
    """
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda m: "^" + m.group().translate(_SUPERSCRIPTS), printed.replace("−", "-"))
    number = re.search(r"(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", plain)
    if number is None:
        raise ValueError(f"no number in {printed!r}.")
    power = re.search(r"[·×*]\s*10\^\(?([+-]?\d+)", plain)
    exponent = int(number.group(3) or 0) + (int(power.group(1)) if power else 0)
    return float(f"1e{exponent - len(number.group(2) or '')}")


class _Parser:
    """Recursive descent: sums of products of powers."""

    def __init__(self, text: str) -> None:
        text = text.replace("−", "-").replace("⋅", "·")
        text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda m: f"^({m.group().translate(_SUPERSCRIPTS)})", text)
        self.text = text
        self.words = [next(part for part in found if part) for found in _WORDS.findall(text) if any(found)]
        self.words = [word for word in self.words if word.strip()]
        self.place = 0

    def whole(self) -> float:
        result = self.sum()
        if self.place < len(self.words):
            raise ValueError(f"cannot read {self.words[self.place]!r} in {self.text!r}.")
        return result

    def peek(self) -> str:
        return self.words[self.place] if self.place < len(self.words) else ""

    def take(self, wanted: str = "") -> str:
        word = self.peek()
        if not word or (wanted and word != wanted):
            raise ValueError(f"expected {wanted or 'a number'} in {self.text!r}, got {word or 'the end'}.")
        self.place += 1
        return word

    def sum(self) -> float:
        terms = [self.product()]
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            terms.append(sign * self.product())
        return math.fsum(terms) if all(map(math.isfinite, terms)) else sum(terms)

    def product(self) -> float:
        result = self.signed()
        while True:
            word = self.peek()
            if word in ("*", "·", "×"):
                self.take()
                result *= self.signed()
            elif word == "/":
                self.take()
                result /= self.signed()
            elif word and (word in "([" or word[0] in "0123456789.[" or word[0].isalpha() or word == "√"):
                result *= self.power()
            else:
                return result

    def signed(self) -> float:
        if self.peek() in ("-", "+"):
            return -self.signed() if self.take() == "-" else self.signed()
        return self.power()

    def power(self) -> float:
        base = self.atom()
        if self.peek() == "^":
            self.take()
            return float(base ** self.signed())
        return base

    def atom(self) -> float:
        word = self.take()
        if word[0].isdigit() or word[0] == ".":
            return float(word)
        if word == "(":
            result = self.sum()
            self.take(")")
            return result
        if word == "|":
            result = abs(self.sum())
            self.take("|")
            return result
        if word[0] == "[":
            return reread(word[1:-1].rpartition("=")[2])
        name = _NAMES.get(word, word)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in FUNCTIONS:
            if self.peek() != "(" and name == "sqrt":
                return math.sqrt(self.atom())
            self.take("(")
            given = [self.sum()]
            while self.peek() == ",":
                self.take()
                given.append(self.sum())
            self.take(")")
            return float(FUNCTIONS[name](*given))
        raise ValueError(f"{word!r} in {self.text!r} is a name, not a number.")
