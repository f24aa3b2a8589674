"""The LaTeX writer: every line is LaTeX; where pdflatex is at hand, whole documents compile and fit their lines."""

import re
import shutil
import subprocess

import pytest
import torch
from latex2mathml.converter import convert
from pages_by_hand import ADAM, BACKWARD, PAGE, SIGMOID
from torch import nn

import glasswork as gw
from glasswork.tracing.plain import plain
from glasswork.tracing.writers.latex import latex, line_latex, words_latex

LINES = [*PAGE.lines()]
NAMES = [plain(line.symbol) for line in LINES]


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_every_line_is_latex_that_another_program_reads(line):
    rows = line_latex(line).replace("&", "").split("\\\\\n")
    for row in rows:
        convert(row)
    joined = " ".join(rows)
    assert joined.count("{") == joined.count("}")


def test_latex_by_hand():
    assert line_latex(BACKWARD) == (
        r"\frac{\partial L}{\partial w_{11}^{2}} &= \delta_{1}^{2} \, O_{1}^{1} = (0.1385)(0.5936) = 0.08221"
    )
    assert r"\sqrt{6.753 \cdot 10^{-3}}" in line_latex(ADAM)
    assert r"\approx 0.5936" in line_latex(SIGMOID)


def test_words_are_escaped():
    assert words_latex("50 % of a_b & {c} ≈ 10⁻³ → $") == (
        "50 \\% of a\\_b \\& \\{c\\} $\\approx$ 10\\textsuperscript{-}\\textsuperscript{3} $\\to$ \\$"
    )


def test_the_latex_document_is_whole():
    page = latex(PAGE)
    assert page.startswith("\\documentclass")
    assert page.rstrip().endswith("\\end{document}")
    opened, closed = (re.findall(rf"\\{word}{{(\w+\*?)}}", page) for word in ("begin", "end"))
    assert sorted(opened) == sorted(closed)
    assert page.isascii(), [sign for sign in page if not sign.isascii()]


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.he_ad = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 1)

    def forward(self, x):
        return self.he_ad(self.lstm(x)[0][:, -1])


def convolutions():
    layers = [nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.GELU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(8, 3)), nn.CrossEntropyLoss(), torch.randn(2, 1, 4, 4), torch.tensor([0, 2])


def recurrent():
    return Last(), nn.MSELoss(), torch.randn(2, 3, 2), torch.randn(2, 1)


@pytest.mark.parametrize("make", [convolutions, recurrent])
@pytest.mark.parametrize("named", [False, True])
def test_pdflatex_sets_every_document_and_its_lines_fit(tmp_path, make, named):
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        pytest.skip("no pdflatex here (Debian: texlive-latex-base): the LaTeX pages were not compiled")
    torch.manual_seed(0)
    model, loss, x, y = make()
    trace = gw.trace(model, loss, x, y, optimizer=torch.optim.Adam(model.parameters(), lr=0.01))
    name = ("2" if make is convolutions else "lstm") if named else None  # "2" has no parameters
    (tmp_path / "step.tex").write_text(trace.latex(name, depth="element"), encoding="ascii")
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "step.tex"],
        cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if line.startswith("!")]
    wide = [float(width) for width in re.findall(r"Overfull .hbox .([\d.]+)pt too wide", done.stdout)]
    assert max(wide, default=0.0) < 30, "points beyond the margin"
