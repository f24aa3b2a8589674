"""Inspect text: what is wrong with labelled texts, before anything is trained on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glasswork.data.dataset import Examples, Prepared, Ragged
from glasswork.data.inspect_images import duplicate_findings, imbalance_finding
from glasswork.data.tokens import UNKNOWN
from glasswork.records import Finding

__all__ = ["text_facts", "text_findings"]

EXAMPLES = 3
UNKNOWN_SHARE = 0.1
CUT_SHARE = 0.05


def text_facts(prepared: Prepared) -> Iterator[str]:
    """Yield the lines that `glasswork check` prints."""
    examples, contract = prepared.examples, prepared.contract
    tokens = examples.inputs["tokens"]
    facts = contract.tokens
    lengths = tokens.lengths if isinstance(tokens, Ragged) else np.zeros(1)
    yield (
        f"{len(examples):,} texts, {facts.level if facts else ''} tokens: "
        f"{len(facts.vocabulary) if facts else 0:,} known, "
        f"{int(np.median(lengths))} in the middle text, at most {int(lengths.max())}"
    )
    if examples.targets is not None and contract.classes:
        counts = np.bincount(examples.targets, minlength=len(contract.classes))
        ranked = sorted(zip(contract.classes, counts.tolist(), strict=True), key=lambda pair: -pair[1])
        more = f" and {len(ranked) - 6} more" if len(ranked) > 6 else ""
        yield f"{len(ranked)} classes: " + ", ".join(f"{label} {number:,}" for label, number in ranked[:6]) + more
    yield "parts: " + ", ".join(f"{name} {len(part):,}" for name, part in prepared.parts.items())


def text_findings(examples: Examples, parts: dict[str, np.ndarray], keys: np.ndarray) -> list[Finding]:
    """Return what is wrong with labelled texts."""
    found: list[Finding] = []
    files, rows = examples.rows["file"].to_list(), examples.rows["row"].to_list()

    def named(index: np.ndarray) -> str:
        shown = ", ".join(f"{files[i]}:{rows[i]}" if files[i] else f"row {rows[i]}" for i in index[:EXAMPLES].tolist())
        return shown + (f" and {len(index) - EXAMPLES:,} more" if len(index) > EXAMPLES else "")

    contract, codes, texts = examples.contract, examples.targets, examples.texts or ()
    if contract.classes and codes is not None:
        found += imbalance_finding(codes[parts["train"]], contract.classes)
    if codes is not None:
        found += duplicate_findings(keys, codes.reshape(-1), parts, named)
    empty = np.array([i for i, text in enumerate(texts) if not text.strip()], dtype=np.int64)
    if len(empty):
        found.append(
            Finding(
                fault="empty-texts",
                severity="warning",
                confidence=1.0,
                where="the texts",
                evidence=f"{len(empty):,} of {len(texts):,} texts are empty: {named(empty)}",
                advice="remove them: a label without a text teaches nothing",
            )
        )
    tokens, facts = examples.inputs["tokens"], contract.tokens
    if facts is None or not isinstance(tokens, Ragged):
        return found
    if facts.max_tokens is not None:
        cut = int((tokens.lengths >= facts.max_tokens).sum())
        if cut > CUT_SHARE * len(tokens):
            found.append(
                Finding(
                    fault="cut-texts",
                    severity="note",
                    confidence=1.0,
                    where="the texts",
                    evidence=f"{cut:,} of {len(tokens):,} texts are cut after {facts.max_tokens} tokens",
                    advice="raise data.max_tokens if what tells the classes apart may come later",
                )
            )
    of_text = np.repeat(np.arange(len(tokens)), tokens.lengths)
    for part in ("valid", "test"):
        inside = np.isin(of_text, parts[part])
        total = int(inside.sum())
        unknown = int((tokens.flat[inside] == UNKNOWN).sum())
        if total and unknown > UNKNOWN_SHARE * total:
            found.append(
                Finding(
                    fault="unseen-tokens",
                    severity="warning",
                    confidence=1.0,
                    where=f"the {part} part",
                    evidence=f"{unknown / total:.1%} of the tokens are not in the vocabulary of the training texts",
                    advice="use byte pairs (data.level=bpe), which know every byte, or a larger data.vocabulary",
                )
            )
    return found
