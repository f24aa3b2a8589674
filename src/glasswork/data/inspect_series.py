"""Inspect series: what is wrong with a time series, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from glasswork.data.dataset import Prepared
from glasswork.records import Finding

__all__ = ["constant_findings", "missing_finding", "series_facts", "short_finding"]

FEW_WINDOWS = 100


def series_facts(prepared: Prepared) -> Iterator[str]:
    """Yield the lines that `glasswork check` prints."""
    contract = prepared.contract
    facts = contract.series
    rows = prepared.examples.rows
    span = f", {rows['time'][0]} to {rows['time'][-1]}" if "time" in rows.columns else ""
    step = f", a row every {facts.step}" if facts and facts.step else ""
    yield f"{rows.height:,} rows{step}{span}"
    covariates = f"; beside them {', '.join(facts.covariates)}" if facts and facts.covariates else ""
    yield f"{len(contract.targets)} columns to forecast: {', '.join(contract.targets)}{covariates}"
    if facts:
        yield f"a forecast looks back {facts.past} rows and {facts.horizon} ahead"
    yield "windows: " + ", ".join(f"{name} {len(part):,}" for name, part in prepared.parts.items())


def missing_finding(
    missing: np.ndarray, names: Sequence[str], rows: pl.DataFrame, set_aside: dict[str, int]
) -> Iterator[Finding]:
    """Yield a finding where cells are missing."""
    counts = missing.sum(axis=0)
    if not counts.any():
        return
    said = ", ".join(f"{names[i]} {counts[i]:,}" for i in np.argsort(-counts).tolist() if counts[i])
    first = int(missing.any(axis=1).argmax())
    gone = sum(set_aside.values())
    kept = f"; {gone:,} windows whose future is not known were set aside" if gone else ""
    yield Finding(
        fault="missing-values",
        severity="warning" if counts.max() > 0.05 * len(missing) else "note",
        confidence=1.0,
        where="the columns",
        evidence=f"missing cells: {said} of {len(missing):,} rows, first in row {rows['row'][first]}{kept}",
        advice="each was filled with the last value before it; fill long gaps yourself with something better",
    )


def constant_findings(training: np.ndarray, names: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each column that does not change in the training part."""
    for name, low, high in zip(names, training.min(axis=0), training.max(axis=0), strict=True):
        if low == high:
            yield Finding(
                fault="constant-feature",
                severity="warning",
                confidence=1.0,
                where=f"column {name}",
                evidence=f"it is {low:g} in all {len(training):,} training rows",
                advice=f"leave it out with data.ignore={name}",
            )


def short_finding(parts: dict[str, np.ndarray], past: int, horizon: int) -> Iterator[Finding]:
    """Yield a finding where training has few windows."""
    if len(parts["train"]) < FEW_WINDOWS:
        yield Finding(
            fault="too-few-rows",
            severity="warning",
            confidence=0.8,
            where="the training part",
            evidence=f"{len(parts['train'])} training windows of past {past} and horizon {horizon}, and they overlap",
            advice="expect a simple forecaster (the value a season ago) to be hard to beat; shorten past or horizon",
        )
