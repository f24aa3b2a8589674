"""Run: a trained network on disk, ready to be used, judged and looked at."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasswork.records import Finding, Treatment
from glasswork.runs.folder import RunFolder

if TYPE_CHECKING:
    import polars as pl

    from glasswork.cures import Cured
    from glasswork.data import Contract
    from glasswork.layers import Network
    from glasswork.runs.recipe import Recipe

__all__ = ["Run", "open_run"]


def open_run(path: str | Path) -> Run:
    """Open a run folder, by its path or by its name below the runs directory.

    Raises:
        RunFolderError: there is none, or it is damaged.
    """
    return Run(RunFolder.open(path))


class Run:
    """What ``glasswork.train`` returns and ``glasswork.open_run`` opens.

    Everything is read from the folder when it is first asked for.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @property
    def path(self) -> Path:
        """Where the run lies."""
        return self.folder.path

    @cached_property
    def recipe(self) -> Recipe:
        """Every setting, as it was settled."""
        return self.folder.recipe()

    @cached_property
    def contract(self) -> Contract:
        """What the run knows of its data."""
        return self.folder.contract()

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """The content of ``evaluation.json``."""
        return self.folder.read_json("evaluation.json")

    @property
    def metrics(self) -> dict[str, float]:
        """The figures on the part that was judged, by name."""
        return {name: figure["value"] for name, figure in self.evaluation["metrics"].items()}

    @property
    def history(self) -> list[dict[str, Any]]:
        """The lines of ``metrics.jsonl``: losses and validation figures as training went on."""
        return self.folder.metrics()

    @property
    def baselines(self) -> dict[str, Any]:
        """The comparison with the trivial rule and the cheap classical models."""
        return self.folder.read_json("baselines.json")

    @property
    def findings(self) -> list[Finding]:
        """What was found wrong, in the data or in the training."""
        listed = self.folder.read_json("findings.json")["findings"]
        return [
            Finding(**{**values, "treatments": tuple(Treatment(**treatment) for treatment in values["treatments"])})
            for values in listed
        ]

    @cached_property
    def model(self) -> Network:
        """The trained network, in evaluation mode on the CPU: preprocessing, body and target scale in one module."""
        from glasswork.runs.load import load_network

        return load_network(self.folder)[0]

    def predict(self, data: Any = None, **options: Any) -> pl.DataFrame:
        """Return predictions for a path, several paths, or a data frame; see ``glasswork predict``."""
        from glasswork.verbs.predict import predict

        return predict(self.path, data, **options)

    def evaluate(self, data: Any = None, *, part: str = "test") -> dict[str, Any]:
        """Return the figures on other data, or on one part of the run's own."""
        from glasswork.verbs.evaluate import evaluate

        return evaluate(self.path, data, part=part)

    def cure(self, *, budget: float | None = None) -> Cured:
        """Treat what the doctor found, in runs of their own; see ``glasswork doctor RUN --cure``."""
        from glasswork.verbs.cure import cure

        return cure(self.path, budget=budget)

    def summary(self) -> dict[str, Any]:
        """Return the result as plain values."""
        compared = self.baselines if self.folder.has("baselines.json") else {}
        return {
            "run": str(self.folder),
            "task": self.contract.task,
            "model": self.recipe.model.name,
            "part": self.evaluation["part"],
            "metrics": self.evaluation["metrics"],
            "threshold": self.evaluation.get("threshold"),
            "baselines": {b["name"]: b[self.evaluation["part"]] for b in compared.get("baselines", [])},
            "winner": compared.get("winner"),
            "sentence": compared.get("sentence"),
            "findings": [
                {"fault": finding.fault, "severity": finding.severity, "where": finding.where}
                for finding in self.findings
            ],
            "report": str(self.path / "report.html"),
        }

    def summary_lines(self) -> list[str]:
        """Return the result in a few lines."""
        part, figures = self.evaluation["part"], self.evaluation["metrics"]
        primary = self.evaluation["primary"]
        ordered = [primary, *(name for name in figures if name != primary)] if primary in figures else list(figures)
        lines = []
        for number, name in enumerate(ordered):
            figure = figures[name]
            if figure["value"] is None:
                continue
            label = f"{part:<8} " if number == 0 else " " * 9
            between = ""
            if figure.get("low") is not None and figure["low"] != figure["high"]:
                between = f"   95 % interval {_short(figure['low'])} to {_short(figure['high'])}"
            lines.append(f"{label}{name} {_short(figure['value'])}{between}")
        if self.folder.has("baselines.json"):
            compared = self.baselines
            for baseline in compared["baselines"]:
                value = baseline[part].get(compared["primary"])
                if value is not None:
                    lines.append(f"baseline {compared['primary']} {_short(value)}   {baseline['label']}")
            lines.append(compared["sentence"])
        return lines


def _short(value: float) -> str:
    return (
        f"{value:.4g}"
        if abs(value) < 1 or abs(value) >= 1e6
        else f"{value:,.2f}"
        if abs(value) >= 100
        else f"{value:.4g}"
    )
