"""Preprocessing that was fitted before the data were split.

Looks at:     how far training and evaluation rows together, and the training rows alone, are from being standardised
              or scaled to the range of 0 to 1, or of -1 to 1.
Fires when:   all rows together have mean 0 and standard deviation 1 to rounding, in most features, while the training
              rows alone do not: then the statistics were taken from both. Likewise where all rows together have columns
              without any correlation (principal components), or the values under sliding windows are a series that
              was scaled as a whole, but for the few that stand in no window.
Why it hurts: the validation rows have had a say in how the training rows look: results are a little too good, and
              with steps that use the target (feature selection, target encoding) far too good.
Try first:    split first; fit scaler, imputer and selector on the training rows, and only apply them to the others.
Can be wrong: small samples can have such statistics by chance; hence most features must agree. With hundreds of rows
              mean and deviation hardly change by it: below MUCH it is a note (above some 600 rows, as a rule).
Source:       Kaufman et al. 2012; Hastie, Tibshirani & Friedman 2009, section 7.10.2. EXACT: float32 sums of
              thousands of rows agree to about 1e-5; independent samples of n rows differ by 1 / sqrt(n).
Scaling:      ``vitals.scaling``: ``pooled_gap`` (median over features of how far mean and deviation of all rows
              together are from 0 and 1), ``train_gap`` (the same for the training rows alone), ``rows``.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["fitted_before_split"]

EXACT = 1e-4
TIMES = 30.0
MUCH = 0.025  # deviations: so much the validation rows have moved the scale
UNTIED = 1e-6
TIED = 0.01  # a correlation: so far the training rows alone are from having none
ADVICE = "Split first, fit the preprocessing on the training rows, and apply it to the others."


def fitted_before_split(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the scaling knows the validation rows."""
    scaling = vitals.scaling
    rows = scaling.get("rows", 0.0)
    number = vitals.steps[0].number if vitals.steps else None
    tie, alone = scaling.get("pooled_tie"), scaling.get("train_tie")
    if tie is not None and alone is not None and tie < UNTIED and alone > TIED:
        evidence = (
            f"In all {rows:,.0f} rows of training and evaluation together no two columns are correlated (at most "
            f"{shown(tie)}), in the training rows alone they are, up to {shown(alone)}: principal components, or a "
            "whitening, were fitted on both."
        )
        yield Finding("fitted-before-split", "warning", 0.85, "data", evidence, ADVICE, number)
        return
    pooled, train = scaling.get("pooled_gap"), scaling.get("train_gap")
    if pooled is None or train is None:
        return
    series = "series" in scaling
    if (pooled > EXACT and not series) or train < TIMES * max(pooled, EXACT / TIMES):
        return
    what = (
        f"The {rows:,.0f} values of the series under the windows of training and evaluation together are"
        if series
        else (f"All {rows:,.0f} rows of training and evaluation together are")
    )
    yield Finding(
        "fitted-before-split",
        "warning" if train > MUCH else "note",
        0.85,
        "data",
        f"{what} scaled to within {shown(pooled)}, those of training alone only to {shown(train)}: the scaling was "
        "fitted on both.",
        ADVICE,
        number,
    )
