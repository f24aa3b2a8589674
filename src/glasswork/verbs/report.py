"""report: a run's pages, written anew from what is in its folder."""

from __future__ import annotations

from pathlib import Path

from glasswork.runs.folder import RunFolder

__all__ = ["report"]


def report(path: str | Path) -> Path:
    """Write ``report.html`` and ``model_card.md`` of a run; return the report's path."""
    from glasswork.reports import write_model_card, write_report

    folder = RunFolder.open(path)
    write_model_card(folder.path)
    return write_report(folder.path)
