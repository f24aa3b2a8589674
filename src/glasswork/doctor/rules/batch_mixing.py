"""Examples of one batch that influence each other.

Looks at:     the batch-mixing probe: one row of a batch is changed, in evaluation mode, and the outputs of all others
              are compared with what they were; or the gradient of one row's output with respect to the other rows.
Fires when:   the others' outputs change by more than LEAK of what the changed row's own output does.
Why it hurts: an answer then depends on what happens to share the batch: a softmax or mean over the wrong axis, or a
              reshape that mixes rows. It cannot be used on single examples, and validation is flattered or spoiled.
Try first:    look for ``dim=0`` in softmax, mean or norm, for ``view`` where ``permute`` is meant, and for a batch
              that is not first where a layer expects it (``batch_first=True``).
Can be wrong: where rows are meant to see each other: contrastive losses, graphs in one batch. Batch norm in
              evaluation mode does not mix.
Source:       Karpathy 2019; TheDeepChecker's instance-wise test. LEAK: in an unmixed network the change is exactly 0;
              kernels that choose another order of additions change a last digit.
Probe:        ``batch-mixing``: figures ``leak`` (largest change of another row's output over the change of its own),
              ``order`` (the order of the layer where it first shows; optional).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["batch_mixing"]

LEAK = 1e-3


def batch_mixing(vitals: Vitals) -> Iterator[Finding]:
    """Yield that rows influence each other, and the layer where that begins if it was found."""
    probe = vitals.probes.get("batch-mixing")
    leak = probe.figures.get("leak") if probe else None
    if probe is None or leak is None or not leak > LEAK:
        return
    order = probe.figures.get("order")
    names = [
        x.name for m in vitals.models.values() for x in m.layers.values() if order is not None and x.order == order
    ]
    yield Finding(
        "batch-mixing",
        "critical",
        0.92,
        names[0] if names else "model",
        f"When one row of a batch is changed, the outputs of other rows change by {shown(leak)} of what its own does"
        + (f"; it begins at {names[0]}." if names else "."),
        "Look for dim=0 in a softmax, mean or norm, for view instead of permute, and for batch_first.",
        vitals.steps[0].number if vitals.steps else None,
    )
