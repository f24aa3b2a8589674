"""Labels of which many are wrong.

Looks at:     the label-noise probe: out-of-sample probabilities for the training rows, against their labels.
Fires when:   the probe estimates that more than SHARE of the labels are wrong, and no fewer than ROWS.
Why it hurts: the network spends itself on learning mistakes by heart; what it then says of new data is worse, and its
              measured accuracy has a ceiling.
Try first:    look at the rows that the probe lists, and correct them; else stop early, smooth the labels, or use a
              loss that forgives (generalised cross-entropy).
Can be wrong: hard examples look like wrong ones to a weak model. A few per cent are found in most data sets and not
              reported.
Source:       Northcutt et al. 2021, "Confident learning". SHARE: they find 3.4 % in ten well-kept test sets on
              average.
Probe:        ``label-noise``: figures ``share`` (estimated part of wrong labels), ``rows`` (how many rows it looked
              at).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["label_noise"]

SHARE = 0.1
GRAVE = 0.25
ROWS = 20


def label_noise(vitals: Vitals) -> Iterator[Finding]:
    """Yield how many labels look wrong, when they are many."""
    probe = vitals.probes.get("label-noise")
    share = probe.figures.get("share") if probe else None
    if probe is None or share is None or share <= SHARE:
        return
    rows = probe.figures.get("rows")
    if rows is not None and share * rows < ROWS:
        return
    among = f" of {rows:,.0f}" if rows else ""
    yield Finding(
        "label-noise",
        "warning",
        0.8 if share > GRAVE else 0.65,
        "data",
        f"About {share:.0%} of the labels{among} disagree with what models that had not seen them say with confidence.",
        "Look at the listed rows and correct them; else smooth the labels and stop early.",
        vitals.steps[-1].number if vitals.steps else None,
        (Treatment("Smooth the labels.", {"loss.name": "cross_entropy", "loss.label_smoothing": 0.1}),),
    )
