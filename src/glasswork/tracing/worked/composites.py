"""Composites: norms, attention and recurrent cells, opened into their readable steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from glasswork.layers import BatchNorm, GRUCell, LayerNorm, LSTMCell
from glasswork.tracing.meaning import Expansion, expand
from glasswork.tracing.trace import Trace, trace
from glasswork.tracing.worked.lesson import Lesson

__all__ = ["we_36", "we_42", "we_50"]


def _opened(step: Trace, name: str) -> Expansion:
    """Return the readable steps of the call of this name.

    Raises:
        ValueError: they do not agree with what was recorded.
    """
    call = next(call for call in step.tape.calls if call.name == name)
    found = expand(call, step.tape, step.sweep)
    if found is None or not found.ok:
        raise ValueError(f"{name} has no readable steps here: {found.reason if found else 'none is known'}")
    return found


def _total(values: Any) -> Tensor:
    return (values if isinstance(values, Tensor) else values[0]).sum()


def we_36(inputs: dict[str, Any]) -> Lesson:
    """Batch and layer normalisation of the same numbers."""
    z = torch.tensor(inputs["Z"], dtype=torch.float64)
    lesson = Lesson("WE-36")
    for short, call, part in (
        ("bn", "batch_norm", BatchNorm(z.shape[1], eps=inputs["eps"])),
        ("ln", "layer_norm", LayerNorm(features=z.shape[1], eps=inputs["eps"])),
    ):
        step = trace(part, _total, z)
        lesson.steps.append((call.replace("_", " "), step))
        found = _opened(step, call)
        for key, symbol in (("", "y"), ("_mean", "mu"), ("_var", "var")):
            lesson.numbers[f"{short}{key}"] = found.find(symbol).value.squeeze().tolist()
    return lesson


class _Attention(nn.Module):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return nn.functional.scaled_dot_product_attention(query, key, value)


def we_42(inputs: dict[str, Any]) -> Lesson:
    """Scaled dot-product attention on three tokens."""
    made = {
        name: torch.tensor([inputs[letter]], dtype=torch.float64)
        for name, letter in (("query", "Q"), ("key", "K"), ("value", "V"))
    }
    step = trace(_Attention(), _total, made)
    found = _opened(step, "scaled_dot_product_attention")
    numbers = {
        key: found.find(symbol).value.squeeze().tolist()
        for key, symbol in (("scores", "s"), ("weights", "a"), ("output", "o"))
    }
    return Lesson("WE-42", [("the step", step)], numbers)


def we_50(inputs: dict[str, Any]) -> Lesson:
    """One step of a scalar LSTM cell and of a scalar GRU cell."""
    lesson = Lesson("WE-50")
    x, h, c = (torch.tensor([[inputs[name]]], dtype=torch.float64) for name in ("x", "h", "c"))
    for kind, cell, given in (
        ("lstm", LSTMCell(inputs=1, hidden=1), (x, (h, c))),
        ("gru", GRUCell(inputs=1, hidden=1), (x, h)),
    ):
        for name, parameter in cell.named_parameters():
            nn.init.constant_(parameter, inputs["w"] if "weight" in name else 0.0)
        step = trace(cell.double(), _total, given)
        lesson.steps.append((f"the {kind.upper()} cell", step))
        found = _opened(step, f"{kind}_cell")
        letters = ("f", "i", "g", "o", "c", "h") if kind == "lstm" else ("r", "z", "n", "h")
        lesson.numbers[kind] = {letter: _last(found, letter).item() for letter in letters}
    f = lesson.numbers["lstm"]["f"]
    lesson.numbers["lstm"]["c_as_printed_without_input_term"] = f * inputs["c"]
    return lesson


def _last(found: Expansion, letter: str) -> Tensor:
    """Return the value that was computed; what was given before may have the same letter."""
    return [quantity for quantity in found.computed if quantity.symbol == letter][-1].value
