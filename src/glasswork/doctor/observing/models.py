"""Models: the outermost modules that are called in training, their layers and parameters under one name each."""

from __future__ import annotations

import re
import weakref
from typing import Any

from torch import Tensor, nn

from glasswork.doctor.observing.layers import facts_of, is_layer, layers_of, parameter_facts
from glasswork.doctor.vitals import LayerFacts, ModelFacts

__all__ = ["Model"]

_MEANT = re.compile(r"requires?_?grad(ient)?s?_?")  # what is written for requires_grad
MOST_MISSPELT = 20


class Model:
    """A module under observation.

    Args:
        root: the module.
        name: what it is called.
        compiled: whether it is a compiled module, whose inside cannot be seen.
    """

    def __init__(self, root: nn.Module, name: str, *, compiled: bool = False) -> None:
        self.root = weakref.ref(root)
        self.name = name
        self.prefix = ""
        self.compiled = compiled
        self.confirmed = False
        self.paths: dict[int, str] = {}
        self.owners: dict[str, str] = {}
        self.facts = ModelFacts(name, type(root).__name__, compiled=compiled)
        self.parameters: dict[int, tuple[str, str]] = {}
        self.next_order = 0
        self.steps = 0
        self.mode_matters = False
        self.has_attention = False
        self.compiled_inside = compiled
        self.given: str | None = None
        self.place: tuple[str, str] | None = None
        self.last_step = -1  # how many steps had been taken when it last ran in training
        self.sensitive: list[weakref.ref[nn.Module]] = []  # its modules that differ between the modes
        self.inner: dict[int, str] = {id(part): path for path, part in root.named_modules()}
        self.scan(root)

    def layer_name(self, path: str) -> str:
        """Return a layer's name in the vitals."""
        return f"{self.prefix}{path}" if path else self.name

    def scan(self, root: nn.Module) -> None:
        """Learn layers and parameters anew; what was known of them stays."""
        compiled_prefix = "_orig_mod."
        for path, module in layers_of(root):
            path = path.removeprefix(compiled_prefix)
            self.paths[id(module)] = path
            name = self.layer_name(path)
            if name not in self.facts.layers:
                self.facts.layers[name] = facts_of(name, module)
            inside = is_layer(module)
            for parameter_name, parameter in module.named_parameters(recurse=inside):
                if id(parameter) not in self.parameters:
                    full = f"{path}.{parameter_name}" if path else parameter_name
                    self.parameters[id(parameter)] = (self.prefix + full, name)
        self.sensitive = []
        for module in root.modules():
            rate = getattr(module, "p", 0)
            drops = isinstance(module, nn.modules.dropout._DropoutNd) and rate
            normed = isinstance(module, nn.modules.batchnorm._NormBase) and module.running_mean is not None
            rnn = isinstance(module, nn.RNNBase) and module.dropout
            if drops or normed or rnn:
                self.mode_matters = True
                self.sensitive.append(weakref.ref(module))
            self.has_attention = self.has_attention or isinstance(module, nn.MultiheadAttention)

    def look_at_parameters(self) -> None:
        """Write what every parameter is like that was not looked at before."""
        root = self.root()
        if root is None:
            return
        for parameter in root.parameters():
            known = self.parameters.get(id(parameter))
            if known and known[0] not in self.facts.parameters:
                facts = parameter_facts(known[0], known[1], parameter)
                family = self.facts.layers[known[1]].family
                if family == "embedding":
                    facts.fan_in = None
                elif "ConvTranspose" in self.facts.layers[known[1]].kind and parameter.dim() > 2:
                    facts.fan_in = parameter.shape[0] * parameter[0, 0].numel()
                self.facts.parameters[known[0]] = facts

    def look_for_misspelt(self) -> None:
        """Note attributes that are not torch's and that say the opposite of what holds."""
        root, found = self.root(), self.facts.misspelt
        if root is None or len(found) >= MOST_MISSPELT:
            return
        for path, module in root.named_modules():
            value = vars(module).get("requires_grad")
            held = [parameter.requires_grad for parameter in module.parameters()] if isinstance(value, bool) else []
            if held and not any(one is value for one in held):
                self._misspelt(path or self.name, "requires_grad", value)
        for name, parameter in root.named_parameters():
            for attribute, value in vars(parameter).items():
                meant = isinstance(value, bool) and _MEANT.fullmatch(attribute)
                if meant and value is not parameter.requires_grad and id(parameter) in self.parameters:
                    self._misspelt(name, attribute, value)

    def _misspelt(self, name: str, attribute: str, value: Any) -> None:
        said = f"{self.prefix}{name}.{attribute} = {value}"
        if said not in self.facts.misspelt:
            self.facts.misspelt.append(said)

    def in_training(self) -> bool:
        """Whether any module that differs between the modes is in training mode now."""
        for one in self.sensitive:
            module = one()
            if module is not None and module.training:
                return True
        return False

    def rename(self, name: str, prefix: str) -> dict[str, str]:
        """Give the model, and so its layers and parameters, other names; return old layer names with new ones."""
        changed: dict[str, str] = {}
        old_name, old_prefix = self.name, self.prefix
        self.name, self.prefix = name, prefix
        self.facts.name = name

        def new(layer: str) -> str:
            if layer == old_name:
                return name
            rest = layer.removeprefix(old_prefix)
            return f"{name}{rest}" if rest.startswith(">") else f"{prefix}{rest}"

        layers: dict[str, LayerFacts] = {}
        for layer, facts in self.facts.layers.items():
            changed[layer] = facts.name = new(layer)
            layers[facts.name] = facts
        for facts in layers.values():
            facts.after = tuple(changed.get(one, one) for one in facts.after)
        self.facts.layers = layers
        self.parameters = {
            key: (prefix + parameter.removeprefix(old_prefix), changed.get(layer, layer))
            for key, (parameter, layer) in self.parameters.items()
        }
        parameters = {}
        for parameter in self.facts.parameters.values():
            parameter.name = prefix + parameter.name.removeprefix(old_prefix)
            parameter.layer = changed.get(parameter.layer, parameter.layer)
            parameters[parameter.name] = parameter
        self.facts.parameters = parameters
        return changed

    def ran(self, layer: str, make: Any = None) -> LayerFacts:
        """Note that a layer runs now; return its facts."""
        facts = self.facts.layers.get(layer)
        if facts is None:
            facts = self.facts.layers[layer] = make()
        if facts.order is None:
            facts.order = self.next_order
            self.next_order += 1
            self._sort()
        return facts

    def _sort(self) -> None:
        layers = self.facts.layers
        last = len(layers)
        ordered = sorted(layers.values(), key=lambda facts: last if facts.order is None else facts.order)
        layers.clear()
        layers.update((facts.name, facts) for facts in ordered)

    def holds(self, parameter: Tensor) -> bool:
        """Whether a parameter is the model's."""
        return id(parameter) in self.parameters
