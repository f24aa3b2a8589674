"""Faults of the network: activations, first weights, norms, dropout, shapes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from programs.program import Program
from torch import Tensor, nn

from operators.operator import ACTIVATIONS, Faulty, Operator, activations, around, edited, in_place_of, linear_layers


def _weights(p: Program, edit: Callable[[nn.Module], None], layer: int | None) -> tuple[Program, tuple[str, ...]]:
    """Return the program with the weights of one layer, or of all, edited; and their names."""
    names = linear_layers(p)
    chosen = names if layer is None else [names[layer]]

    def change(model: nn.Module) -> None:
        with torch.no_grad():
            for name in chosen:
                edit(model.get_submodule(name))

    return p.changed(network=edited(p.network, change)), tuple(chosen)


def _which(layer: int | None) -> str:
    return "all layers" if layer is None else f"layer {layer}"


def all_sigmoid(network: Callable[[], nn.Module] | None = None) -> Operator:
    """Use the sigmoid after every layer of a deep network: the program's own, or another that is put there first."""

    def change(program: Program) -> Faulty:
        p = program.changed(network=network) if network else program
        names = linear_layers(p)
        edit = lambda model: [in_place_of(model, name, nn.Sigmoid()) for name in activations(model)] and None  # noqa: E731
        early = [place for name in names[: len(names) // 2 + 1] for place in around(p, name)]
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", *early), p if network else None)

    return Operator("vanishing-gradient", "sigmoid", change)


def small_weights(factor: float, network: Callable[[], nn.Module] | None = None) -> Operator:
    """Draw the weights of a deep network far too small."""

    def change(program: Program) -> Faulty:
        p = program.changed(network=network) if network else program
        broken, names = _weights(p, lambda m: m.weight.mul_(factor), None)
        return Faulty(broken, ("model", *names[: len(names) // 2 + 1]), p if network else None)

    return Operator("vanishing-gradient", f"weights x {factor:g}", change, ("initialisation-scale",))


def large_weights(factor: float) -> Operator:
    """Draw the weights of a deep network far too large."""

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, lambda m: m.weight.mul_(factor), None)
        return Faulty(broken, ("model", *names))

    return Operator("exploding-gradient", f"weights x {factor:g}", change, ("initialisation-scale",))


def strong_recurrence(factor: float, network: Callable[[], nn.Module] | None = None) -> Operator:
    """Draw an RNN's recurrent weights far too large, without a bound on its states."""

    def change(program: Program) -> Faulty:
        p = program.changed(network=network, clip=None) if network else program

        def edit(model: nn.Module) -> None:
            with torch.no_grad():
                for name, weight in model.named_parameters():
                    if "weight_hh" in name:
                        weight.mul_(factor)
            for module in model.modules():
                if isinstance(module, nn.RNN):
                    module.nonlinearity = "relu"
                    module.mode = "RNN_RELU"

        return Faulty(p.changed(network=edited(p.network, edit), clip=None), ("rnn", "model"), p if network else None)

    return Operator("exploding-gradient", f"recurrence x {factor:g}", change, ("initialisation-scale",))


def dead_units(layer: int, bias: float) -> Operator:
    """Give a layer a bias so low that its ReLUs never open."""

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, lambda m: m.bias.fill_(bias), layer)
        return Faulty(broken, around(p, names[0]))

    return Operator("dying-relu", f"bias {bias:g} in layer {layer}", change)


def saturated(layer: int, factor: float, network: Callable[[], nn.Module] | None = None) -> Operator:
    """Draw the weights before a tanh or sigmoid so large that it is flat nearly everywhere."""

    def change(p: Program) -> Faulty:
        right = p.changed(network=network) if network else p
        broken, names = _weights(right, lambda m: m.weight.mul_(factor), layer)
        return Faulty(broken, around(right, names[0]), right)

    return Operator("saturated-activation", f"weights x {factor:g} in layer {layer}", change, ("initialisation-scale",))


def softmax_inside(which: int, kind: Callable[[], nn.Module] = lambda: nn.Softmax(-1)) -> Operator:
    """Use the softmax as a hidden activation."""

    def change(p: Program) -> Faulty:
        name = activations(p.network())[which]
        edit = lambda model: in_place_of(model, name, kind())  # noqa: E731
        before = [n for n in linear_layers(p) if name in around(p, n)]
        return Faulty(p.changed(network=edited(p.network, edit)), (name, *before))

    return Operator("softmax-in-hidden-layer", f"activation {which}", change)


def no_activations() -> Operator:
    """Leave the activations out."""

    def change(p: Program) -> Faulty:
        edit = lambda model: [in_place_of(model, name, nn.Identity()) for name in activations(model)] and None  # noqa: E731
        places = [place for name in linear_layers(p) for place in around(p, name)]
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", *places))

    return Operator("missing-nonlinearity", "all left out", change)


def constant_weights(value: float, layer: int | None) -> Operator:
    """Begin with equal weights."""

    def edit(module: nn.Module) -> None:
        module.weight.fill_(value)
        if module.bias is not None:
            module.bias.zero_()

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, edit, layer)
        return Faulty(broken, ("model", *names) if layer is None else names)

    code = "zero-initialisation" if value == 0 else "symmetric-initialisation"
    return Operator(code, f"{value:g} in {_which(layer)}", change, ("symmetric-initialisation",) if value == 0 else ())


def scaled_weights(factor: float, layer: int | None) -> Operator:
    """Draw the weights of one layer, or all, at the wrong scale."""

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, lambda m: m.weight.mul_(factor), layer)
        return Faulty(broken, ("model", *names) if layer is None else around(p, names[0]))

    return Operator("initialisation-scale", f"x {factor:g} in {_which(layer)}", change)


def large_head(factor: float) -> Operator:
    """Begin with predictions that are far too sure: the first loss is far above that of guessing."""

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, lambda m: m.weight.mul_(factor), -1)
        return Faulty(broken, ("model", "loss", *names))

    return Operator("initial-loss", f"head x {factor:g}", change, ("initialisation-scale",))


def wrong_head_bias(value: float) -> Operator:
    """Begin with a bias that is sure of the first output."""

    def edit(module: nn.Module) -> None:
        module.bias[0] = value

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, edit, -1)
        return Faulty(broken, ("model", "loss", *names))

    return Operator("initial-loss", f"bias {value:g}", change, ("initialisation-scale",))


def at_a_saddle(factor: float) -> Operator:
    """Begin so near to 0 that every gradient is a product of small numbers."""

    def edit(module: nn.Module) -> None:
        module.weight.mul_(factor)
        module.bias.zero_()

    def change(p: Program) -> Faulty:
        broken, names = _weights(p, edit, None)
        return Faulty(broken, ("model", "optimizer", "loss", *names))

    return Operator("plateau", f"weights x {factor:g}", change, ("initialisation-scale", "vanishing-gradient"))


class _Blind(nn.Module):
    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(torch.zeros_like(x))


def blind() -> Operator:
    """Lose the input on its way into the network."""
    return Operator(
        "cannot-overfit-one-batch", "input lost", lambda p: Faulty(p.changed(network=edited(p.network, _Blind)), ("model", "data", "loss")),
        ("underfitting", "plateau", "constant-feature"),
    )  # fmt: skip


def fresh_targets() -> Operator:
    """Draw the targets anew in every batch."""
    return Operator(
        "cannot-overfit-one-batch", "targets drawn anew",
        lambda p: Faulty(p.changed(targets=lambda y: y[torch.randperm(len(y))]), ("data", "loss", "loop", "model")), ("shuffled-labels",),
    )  # fmt: skip


def too_narrow(network: Callable[[], nn.Module]) -> Operator:
    """Train a network that is too small for the question."""
    return Operator(
        "underfitting",
        "too narrow",
        lambda p: Faulty(p.changed(network=network), ("model",)),
        ("representation-collapse",),
    )


def bottleneck(layer: int) -> Operator:
    """Let a hidden layer's units all say the same: a projection onto one direction."""

    class Collapse(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.mean(-1, keepdim=True).expand_as(x)

    def change(p: Program) -> Faulty:
        name = activations(p.network())[layer]
        edit = lambda model: in_place_of(model, name, nn.Sequential(model.get_submodule(name), Collapse()))  # noqa: E731
        after = [n for n in linear_layers(p) if name in around(p, n)]
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", name, f"{name}.0", f"{name}.1", *after))

    return Operator("representation-collapse", f"after activation {layer}", change, ("symmetric-initialisation",))


def bounded_head(kind: Callable[[], nn.Module], where: str = "") -> Operator:
    """End a regression in a bounded activation."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[-1]
        edit = lambda model: in_place_of(model, name, nn.Sequential(model.get_submodule(name), kind()))  # noqa: E731
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", "loss", name, f"{name}.0", f"{name}.1"))

    return Operator("output-range", f"ends in {kind.__name__}", change, ("loss-output-mismatch",))


def strong_dropout(share: float) -> Operator:
    """Drop nearly everything after every activation."""

    def change(p: Program) -> Faulty:
        def edit(model: nn.Module) -> None:
            for name, module in list(model.named_modules()):
                if isinstance(module, ACTIVATIONS):
                    in_place_of(model, name, nn.Sequential(module, nn.Dropout(share)))
                if isinstance(module, nn.Dropout):
                    module.p = share

        names = activations(p.network())
        drops = [n for n, m in p.network().named_modules() if isinstance(m, nn.Dropout)]
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", *drops, *names, *(f"{n}.1" for n in names)))

    return Operator("dropout-too-strong", f"p {share:g}", change)


def softmax_over_batch() -> Operator:
    """Let attention's softmax run over the examples."""

    def change(p: Program) -> Faulty:
        names = [n for n, m in p.network().named_modules() if isinstance(m, nn.Softmax)]
        edit = lambda model: [in_place_of(model, n, nn.Softmax(0)) for n in names] and None  # noqa: E731
        return Faulty(
            p.changed(network=edited(p.network, edit)), ("model", *names, *(n.rpartition(".")[0] for n in names))
        )

    return Operator("batch-mixing", "softmax over the batch", change)


def time_as_batch() -> Operator:
    """Forget batch_first: the recurrent layer runs over the examples."""

    def change(p: Program) -> Faulty:
        edit = lambda model: setattr(model.rnn, "batch_first", False)  # noqa: E731
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", "rnn"))

    return Operator("batch-mixing", "batch_first forgotten", change)


def reshaped_wrongly() -> Operator:
    """Transpose by reshape: every row holds pieces of others."""
    return Operator(
        "batch-mixing", "reshape for transpose",
        lambda p: Faulty(p.changed(forward=lambda model, x: model(x.flatten(1).t().reshape(x.shape))), ("model", "data")),
    )  # fmt: skip


def tiny_batch(size: int) -> Operator:
    """Train a network with batch norm on very few examples at a time."""

    def change(p: Program) -> Faulty:
        norms = [n for n, m in p.network().named_modules() if "BatchNorm" in type(m).__name__]
        return Faulty(p.changed(batch=size, epochs=max(p.epochs * size // p.batch, 1)), ("model", "data", *norms), p)

    return Operator("tiny-batch-norm", f"batch of {size}", change)


def stale_norms(momentum: float = 0.0) -> Operator:
    """Never move the running statistics of batch norm."""

    def change(p: Program) -> Faulty:
        names = [n for n, m in p.network().named_modules() if "BatchNorm" in type(m).__name__]

        def edit(model: nn.Module) -> None:
            for name in names:
                model.get_submodule(name).momentum = momentum

        return Faulty(p.changed(network=edited(p.network, edit)), ("model", *names))

    return Operator("stale-batch-norm", f"momentum {momentum:g}", change)


def wrong_width(layer: int) -> Operator:
    """Give a layer one input more than it gets."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[layer]

        def edit(model: nn.Module) -> None:
            old = model.get_submodule(name)
            if isinstance(old, nn.Linear):
                in_place_of(model, name, nn.Linear(old.in_features + 1, old.out_features))
            else:
                in_place_of(
                    model,
                    name,
                    type(old)(old.in_channels + 1, old.out_channels, old.kernel_size, old.stride, old.padding),
                )

        return Faulty(p.changed(network=edited(p.network, edit)), (name,))

    return Operator("shape-mismatch", f"layer {layer}", change, moment="loop")


class Log(nn.Module):
    """The logarithm, of whatever comes."""

    def forward(self, x: Tensor) -> Tensor:
        return x.log()


def logarithm_inside(which: int) -> Operator:
    """Take the logarithm of activations that can be 0."""

    def change(p: Program) -> Faulty:
        name = activations(p.network())[which]
        edit = lambda model: in_place_of(model, name, nn.Sequential(nn.ReLU(), Log()))  # noqa: E731
        return Faulty(p.changed(network=edited(p.network, edit)), (name, f"{name}.1", f"{name}.0"))

    return Operator("non-finite", f"logarithm for activation {which}", change)
