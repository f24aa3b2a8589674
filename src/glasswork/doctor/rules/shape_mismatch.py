"""Shapes that do not fit together.

Looks at:     the error that ended the script, the layer that failed, and the shapes of what it was given.
Fires when:   the error is one of those that torch raises when sizes do not agree.
Why it hurts: the training ends there.
Try first:    compare the shape in front of the failing layer with the layer's own sizes; a missing flatten, a
              transposed axis or a changed image size are the usual causes. Where a loss was refused, compare the
              shapes of outputs and targets.
Can be wrong: when the script itself raised an error with the same words.
Source:       the messages of torch's operators; Humbatova et al. 2020 and defect4ML count it the most frequent crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["shape_mismatch"]

MESSAGES = (
    r"mat1 and mat2 shapes cannot be multiplied",
    r"mat\w* and \w+ shapes",
    r"size mismatch",
    r"[Ss]izes? of tensors? must match",
    r"[Tt]he size of tensor a \(\d+\) must match",
    r"shape '\[.*\]' is invalid for input of size",
    r"[Ee]xpected input.* to have \d+ channels",
    r"[Ee]xpected \d+D",
    r"Expected .*\d+-?D.* input",
    r"expected \d+D or \d+D input",
    r"stack expects each tensor to be equal size",
    r"[Ii]nput batch_size \(\d+\) to match target batch_size",
    r"[Uu]sing a target size .* different to the input size",
    r"[Tt]arget size .* must be the same as input size",
    r"input\.size\(-1\) must be equal to input_size",
    r"[Nn]ormalized_shape",
    r"running_mean should contain",
    r"shapes? .*not aligned",
    r"einsum\(\): .*subscript",
    r"inconsistent tensor size",
    r"[Dd]imension out of range",
    r"batch1 to be",
    r"[Kk]ernel size can't be greater than actual input size",
    r"Output size is too small",
    r"multi-target not supported",
    r"Expected target size \[",
    r"index out of range in self",
    r"ShapeError",
    r"Expected hidden(\[\d\])? size \(",
    r"Input batch size \d+ doesn't match hidden\d* batch size",
    r"hx should also be \d-D",
    r"was expecting embedding dimension of \d+",
    r"feature number of src and tgt must be equal|batch number of src and tgt must be equal",
    r"expanded size of the tensor \(\d+\) must match",
    r"doesn't match the broadcast shape",
    r"Tensors must have same number of dimensions",
)
# What only a recurrent layer says.
_STATE = re.compile(r"Expected hidden(\[\d\])? size \(|doesn't match hidden\d* batch size|hx should also be \d-D")
# What only a loss says, and what to do.
AT_LOSS = (
    (
        r"[Ii]nput batch_size \(\d+\) to match target batch_size",
        "Give the loss as many rows of scores as targets: a view or flatten has merged the batch with another "
        "dimension, or outputs and targets come from different batches.",
    ),
    (
        r"[Uu]sing a target size .* different to the input size|[Tt]arget size .* must be the same as input size",
        "Give outputs and targets one shape: outputs.squeeze(1), or targets.unsqueeze(1).float().",
    ),
    (
        r"Expected target size \[",
        "Scores of sequences must have the classes second: outputs.transpose(1, 2), or flatten both to rows.",
    ),
    (
        r"multi-target not supported",
        "Give the loss one class number an example: targets.squeeze(1), or targets.argmax(1) of one-hot rows.",
    ),
)
_ANY = re.compile("|".join(MESSAGES))
_MATRICES = re.compile(r"\((\d+)x(\d+) and (\d+)x(\d+)\)")
_SHOWN = 4  # layers before the failing one


def shape_mismatch(vitals: Vitals) -> Iterator[Finding]:
    """Yield the layer at which sizes did not agree, with the shapes that led to it."""
    if not vitals.error or not _ANY.search(vitals.error):
        return
    said = vitals.error.strip().splitlines()[-1][:200].rstrip(".")
    at_loss = next((advice for words, advice in AT_LOSS if re.search(words, vitals.error)), None)
    where = "loss" if at_loss else vitals.error_layer or "model"
    way = " -> ".join(f"{layer} {shape}" for layer, shape in vitals.error_shapes[-_SHOWN:])
    sizes = _MATRICES.search(vitals.error)
    if sizes:
        _, columns, rows, units = sizes.groups()
        advice = (
            f"{where} expects {rows} features and got {columns}: give it in_features={columns}, or reshape what "
            "comes in "
            f"(its weight is {rows} x {units})."
        )
    elif "index out of range in self" in vitals.error:
        advice = f"{where} has fewer rows than the largest token: make it num_embeddings = largest token + 1 or more."
    elif at_loss:
        advice = at_loss
    elif _STATE.search(vitals.error):
        advice = (
            "Make the first state for the rows that came in, x.size(0) of them, not for the batch size that was set: a "
            "loader's last batch may be smaller (or drop_last=True)."
        )
    else:
        advice = f"Compare the shape in front of {where} with the sizes it was made for."
    yield Finding(
        "shape-mismatch",
        "critical",
        0.97,
        where,
        f"The script ended at {where}: {said}" + (f"; the shapes up to there: {way}" if way else "") + ".",
        advice,
        vitals.steps[-1].number + 1 if vitals.steps else None,
    )
