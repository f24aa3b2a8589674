"""Network: activations exchanged, put in or taken out, dropout, norms, width."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.remedies.initialisation import redraw
from glasswork.doctor.remedies.layers import named, replace
from glasswork.doctor.remedies.remedy import Action

__all__ = ["Activation", "Dropout", "GroupNorms", "InsertActivation", "NormMomentum", "Wider"]

MODULES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "identity": nn.Identity,
}


class Activation(Action):
    """Use another activation.

    Args:
        layers: the paths of activation modules; of one that is called as a function, ``layer>function``.
        kind: what to use, a key of `MODULES`.
    """

    def __init__(self, layers: list[str], kind: str) -> None:
        self.modules = [layer for layer in layers if ">" not in layer]
        self.called = {tuple(layer.split(">", 1)) for layer in layers if ">" in layer}
        self.kind = kind

    def on_model(self, root: nn.Module) -> None:
        """Exchange the modules."""
        for name, _ in named(root, self.modules):
            replace(root, name, MODULES[self.kind]())

    def on_function(self, name: str, after: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Stand in for a function."""
        plain = name.rstrip("_")
        if any(plain == kind and (after == layer or after.endswith(f".{layer}")) for layer, kind in self.called):
            return MODULES[self.kind]()(args[0] if args else kwargs["input"])
        return NotImplemented


class _Then:
    """A hook that applies a function to a module's output."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, module: nn.Module, args: Any, output: Tensor) -> Any:
        return MODULES[self.kind]()(output)


class InsertActivation(Action):
    """Put an activation behind layers.

    Args:
        layers: their paths.
        kind: a key of `MODULES`.
    """

    def __init__(self, layers: list[str], kind: str = "relu") -> None:
        self.layers, self.kind = layers, kind

    def on_model(self, root: nn.Module) -> None:
        """Put it in as a hook, so that no weight gets another name."""
        for _, module in named(root, self.layers):
            module.register_forward_hook(_Then(self.kind))


class Dropout(Action):
    """Drop no more than a share.

    Args:
        share: the most that is dropped.
    """

    def __init__(self, share: float) -> None:
        self.share = share

    def functions(self) -> dict[str, Any]:
        """Stand in for the functions that modules, too, call."""

        def gentle(original: Any, input: Tensor, p: float = 0.5, *args: Any, **kwargs: Any) -> Any:
            return original(input, min(p, self.share), *args, **kwargs)

        names = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
        return dict.fromkeys(names, gentle)


class GroupNorms(Action):
    """Use group norm where batch norm is, with the same scale and shift."""

    def on_model(self, root: nn.Module) -> None:
        """Exchange them."""
        for name, module in list(root.named_modules()):
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and name:
                channels = module.num_features
                norm = nn.GroupNorm(math.gcd(channels, max(1, channels // 4)), channels, module.eps, module.affine)
                if module.affine:
                    norm.weight, norm.bias = module.weight, module.bias
                replace(root, name, norm)


class NormMomentum(Action):
    """Let the running statistics of batch norm move.

    Args:
        momentum: how far, a batch.
    """

    def __init__(self, momentum: float = 0.1) -> None:
        self.momentum = momentum

    def on_model(self, root: nn.Module) -> None:
        """Set it."""
        for module in root.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.momentum = self.momentum


class Wider(Action):
    """Widen hidden dense layers.

    Args:
        chains: paths of two dense layers, the second of which takes the first one's output through activations only.
        width: how many units there are between them at least.
        seed: of the new weights.
    """

    def __init__(self, chains: list[list[str]], width: int, seed: int = 0) -> None:
        self.chains, self.width, self.seed = chains, width, seed

    def on_model(self, root: nn.Module) -> None:
        """Exchange the layers, the weights drawn anew."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(self.seed)
            for first, second in self.chains:
                found = [next(iter(named(root, [path])), None) for path in (first, second)]
                if any(one is None for one in found):
                    continue
                (one, a), (two, b) = found  # type: ignore[misc]
                if (
                    isinstance(a, nn.Linear)
                    and isinstance(b, nn.Linear)
                    and a.out_features == b.in_features < self.width
                ):
                    where = {"device": a.weight.device, "dtype": a.weight.dtype}
                    replace(root, one, nn.Linear(a.in_features, self.width, a.bias is not None, **where))
                    replace(root, two, nn.Linear(self.width, b.out_features, b.bias is not None, **where))
                    for path in (one, two):
                        redraw(root.get_submodule(path))
