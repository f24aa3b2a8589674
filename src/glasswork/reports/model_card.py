"""Model card: what a stranger should know before using a trained network, as one Markdown file.

Source: Mitchell et al. 2019, "Model cards for model reporting".
"""

from __future__ import annotations

import re
from pathlib import Path

from glasswork.reports import facts, numbers
from glasswork.reports.report import environment, write_whole
from glasswork.reports.run_files import RunFiles, read_run_files, rendered
from glasswork.version import __version__

__all__ = ["write_model_card"]


def write_model_card(folder: Path | str) -> Path:
    """Write ``model_card.md`` from the files of a run folder, and return its path."""
    run = read_run_files(Path(folder))
    text = rendered(run, _text)
    return write_whole(run.folder / "model_card.md", re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")


def _text(run: RunFiles) -> str:
    names, rows = facts.comparison_rows(run)
    jinja = environment().overlay(autoescape=False)
    jinja.filters["plain"] = plain
    return jinja.get_template("model_card.md.j2").render(
        run=run,
        version=__version__,
        answer=facts.answer(run),
        subtitle=facts.subtitle(run),
        key=facts.key_figure(run),
        missing=facts.missing_notes(run),
        names=names,
        rows=rows,
        evaluation=run.evaluation,
        data=facts.data_facts(run),
        machine=facts.environment_facts(run),
        commands=facts.commands(run),
        words=numbers.METRICS,
    )


def plain(value: object) -> str:
    r"""Return text that Markdown takes as it is: no markup, no table borders, no line breaks.

    >>> plain("a|b <script> *c*")
    'a\\|b &lt;script&gt; \\*c\\*'
    """
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)
