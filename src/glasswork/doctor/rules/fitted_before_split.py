"""Preprocessing that was fitted before the data were split.

Looks at:     how far training and evaluation rows together, and the training rows alone, are from being standardised
              or scaled to the range of 0 to 1.
Fires when:   all rows together have mean 0 and standard deviation 1 to rounding, in most features, while the training
              rows alone do not: then the statistics were taken from both.
Why it hurts: the validation rows have had a say in how the training rows look: results are a little too good, and
              with steps that use the target (feature selection, target encoding) far too good.
Try first:    split first; fit scaler, imputer and selector on the training rows, and only apply them to the others.
Can be wrong: small samples can have such statistics by chance; hence most features must agree. With hundreds of rows
              mean and deviation hardly change by it: below MUCH it is a note.
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
MUCH = 0.1  # deviations: so much the validation rows have moved the scale


def fitted_before_split(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the scaling knows the validation rows."""
    pooled, train = vitals.scaling.get("pooled_gap"), vitals.scaling.get("train_gap")
    if pooled is None or train is None or pooled > EXACT or train < TIMES * max(pooled, EXACT / TIMES):
        return
    yield Finding(
        "fitted-before-split",
        "warning" if train > MUCH else "note",
        0.85,
        "data",
        f"All {vitals.scaling.get('rows', 0.0):,.0f} rows of training and evaluation together are scaled to within "
        f"{shown(pooled)}, the training rows alone only to {shown(train)}: the scaling was fitted on both.",
        "Split first, fit the preprocessing on the training rows, and apply it to the others.",
        vitals.steps[0].number if vitals.steps else None,
    )
