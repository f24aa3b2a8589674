"""Layers: what a module is, and what its parameters are like before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.statistics import thinned
from glasswork.doctor.vitals import LayerFacts, ParameterFacts

__all__ = ["family_of", "is_compiled", "is_layer", "layers_of", "parameter_facts", "settings_of", "unit_axis"]

_PLAIN = (bool, int, float, str, type(None))
_HIDDEN = {"training", "call_super_init", "dump_patches"}
_FAMILIES: list[tuple[str, tuple[type, ...]]] = [
    ("attention", (nn.MultiheadAttention,)),
    ("linear", (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd)),
    ("recurrent", (nn.RNNBase, nn.RNNCellBase)),
    ("embedding", (nn.Embedding, nn.EmbeddingBag)),
    (
        "norm",
        (
            nn.modules.batchnorm._NormBase,
            nn.LayerNorm,
            nn.GroupNorm,
            nn.RMSNorm,
            nn.LocalResponseNorm,
            nn.CrossMapLRN2d,
        ),
    ),
    ("dropout", (nn.modules.dropout._DropoutNd,)),
    (
        "pooling",
        (
            nn.modules.pooling._MaxPoolNd,
            nn.modules.pooling._AvgPoolNd,
            nn.modules.pooling._AdaptiveAvgPoolNd,
            nn.modules.pooling._AdaptiveMaxPoolNd,
            nn.modules.pooling._LPPoolNd,
            nn.FractionalMaxPool2d,
        ),
    ),
]
# By name, for classes that are nobody's child: a custom RMSNorm, transformers' Conv1D and NewGELUActivation.
_WORDS = [
    ("norm", ("norm",)),
    ("dropout", ("dropout", "droppath", "stochasticdepth")),
    ("attention", ("attention",)),
    ("embedding", ("embedding",)),
    ("recurrent", ("lstm", "gru", "rnn")),
    ("pooling", ("pool",)),
    ("linear", ("linear", "conv", "dense")),
    ("activation", ("relu", "gelu", "swish", "silu", "sigmoid", "tanh", "softmax", "activation", "softplus")),
]


def family_of(module: nn.Module) -> str:
    """Return what kind of layer a module is.

    >>> family_of(nn.Conv2d(1, 1, 1)), family_of(nn.GELU()), family_of(nn.Flatten())
    ('linear', 'activation', 'other')
    """
    for family, classes in _FAMILIES:
        if isinstance(module, classes):
            return family
    home = type(module).__module__
    if home in ("torch.nn.modules.activation", "glasswork.activations") or home.startswith("glasswork.activations."):
        return "activation"
    if home.startswith("torch.nn"):
        return "other"
    name = type(module).__name__.lower()
    for family, words in _WORDS:
        if any(word in name for word in words):
            held = any(True for _ in module.parameters(recurse=False))
            if family in ("linear", "embedding", "recurrent") and not held:
                continue
            return family
    return "other"


def is_compiled(module: nn.Module) -> bool:
    """Whether a module runs through ``torch.compile``."""
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None


def is_layer(module: nn.Module) -> bool:
    """Whether a module counts as one layer: it has no modules of its own, or they never run by themselves."""
    if isinstance(module, nn.MultiheadAttention):
        return True
    return all(name == "parametrizations" for name, _ in module.named_children())


def layers_of(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the path and module of every layer, and of every other module with parameters of its own."""

    def walk(path: str, module: nn.Module, seen: set[int]) -> Iterator[tuple[str, nn.Module]]:
        if id(module) in seen:
            return
        seen.add(id(module))
        if is_layer(module):
            yield path, module
            return
        if any(True for _ in module.parameters(recurse=False)):
            yield path, module
        for name, child in module.named_children():
            yield from walk(f"{path}.{name}" if path else name, child, seen)

    yield from walk("", root, set())


def settings_of(module: nn.Module) -> dict[str, Any]:
    """Return a module's plain settings.

    >>> settings_of(nn.Dropout(0.2))
    {'p': 0.2, 'inplace': False}
    """
    found: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or name in _HIDDEN:
            continue
        if isinstance(value, _PLAIN):
            found[name] = value
        elif isinstance(value, tuple | list) and len(value) <= 8 and all(isinstance(one, _PLAIN) for one in value):
            found[name] = tuple(value)
    parameters = dict(module.named_parameters(recurse=False))
    if parameters or "bias" in module._parameters:
        found.setdefault("bias", any("bias" in name for name in parameters))
    return found


def unit_axis(module: nn.Module, output: Tensor) -> int | None:
    """Return which dimension of a layer's output counts its units; None where the layer does not say."""
    if isinstance(module, nn.modules.conv._ConvNd):
        return output.dim() - 1 - len(module.kernel_size)
    if isinstance(module, nn.modules.batchnorm._NormBase | nn.GroupNorm):
        return min(1, output.dim() - 1)
    if family_of(module) in ("linear", "recurrent", "embedding", "attention") or isinstance(
        module, nn.LayerNorm | nn.RMSNorm
    ):
        return output.dim() - 1
    return None


def facts_of(name: str, module: nn.Module) -> LayerFacts:
    """Return what is known of a layer before it has run."""
    return LayerFacts(name, type(module).__name__, family_of(module), settings=settings_of(module))


def parameter_facts(name: str, layer: str, parameter: Tensor) -> ParameterFacts:
    """Return what a parameter is like now."""
    facts = ParameterFacts(name, layer, tuple(parameter.shape), parameter.requires_grad)
    x = parameter.detach()
    if x.numel() == 0 or x.is_sparse or x.is_complex() or torch.nn.parameter.is_lazy(x):
        return facts
    with torch.no_grad():
        few = thinned(x, 1 << 22)
        few = few.float() if few.dtype not in (torch.float32, torch.float64) else few
        std, mean = torch.std_mean(few, correction=0)
        numbers = torch.stack([mean, std, (few == 0).sum(), few.abs().max()]).tolist()
        facts.mean, facts.std, facts.zeros = numbers[0], numbers[1], numbers[2] / few.numel()
        facts.largest = numbers[3]
        facts.finite = numbers[0] == numbers[0] and abs(numbers[0]) != float("inf")
        if x.dim() >= 2:
            facts.fan_in = x[0].numel()
            if len(x) > 1:
                facts.alike = bool((x[:64] == x[:1]).all())
    return facts
