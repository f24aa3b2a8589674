"""Rule watch: learners with a closed-form step, which no hook of torch can see, publish what a step was made of.

On the steps that are looked at they name the tensors that the doctor sees of any other step: a layer's inputs and
outputs, the gradient that its rule follows, and what was compared with what. The update is measured on the weights.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.budget import Budget
from glasswork.doctor.observing.layers import facts_of, parameter_facts
from glasswork.doctor.observing.statistics import look_at_output, look_at_tensor
from glasswork.doctor.observing.steps import norms, total
from glasswork.doctor.vitals import (
    BatchVitals,
    LayerVitals,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    StepVitals,
    Vitals,
)

if TYPE_CHECKING:
    from glasswork.learning import Learner
    from glasswork.records import StepRecord

__all__ = ["RuleWatch"]


class RuleWatch:
    """The watch over a learner without an optimizer.

    Args:
        learner: publishes named tensors where it has ``publish``; else only losses and updates are seen.
        vitals: where to write.
    """

    def __init__(self, learner: Learner, vitals: Vitals) -> None:
        self.learner, self.vitals = learner, vitals
        self._budget = Budget()
        self._sample = True
        self._published: dict[nn.Module, dict[str, Tensor]] = {}
        self._before: dict[str, Tensor] = {}
        self._began = 0.0
        self._own = 0.0
        self._names = {module: name or "model" for name, module in learner.model.named_modules()}
        self._describe()

    def learning(self) -> None:
        """Before a step."""
        started = time.perf_counter()
        self._own = 0.0
        if self._sample:
            self._published = {}
            self._before = {name: weight.detach().clone() for name, weight in self._weights()}
            if hasattr(self.learner, "publish"):
                self.learner.publish = self._take
        self._began = time.perf_counter()
        self._own += self._began - started

    def learned(self, record: StepRecord) -> None:
        """After it."""
        ended = time.perf_counter()
        step = StepVitals(
            int(record.number),
            type(self.learner).__name__,
            loss=float(record.loss),
            learning_rates=(float(record.learning_rate),),
            backwards=0,
            sampled=self._sample,
            seconds=ended - self._began,
        )
        if self._sample:
            if hasattr(self.learner, "publish"):
                self.learner.publish = None
            with torch.no_grad():
                self._look(step)
        self.vitals.steps.append(step)
        self._own += time.perf_counter() - ended
        self._sample = self._budget.next(step.number, seconds=step.seconds or 0.0, own=self._own)

    def _take(self, layer: nn.Module, tensors: dict[str, Tensor]) -> None:
        self._published[layer] = {name: tensor.detach() for name, tensor in tensors.items()}

    def _weights(self) -> list[tuple[str, Tensor]]:
        return [(name, weight) for name, weight in self.learner.model.named_parameters() if not weight.is_complex()]

    def _describe(self) -> None:
        """Write what is known before the first step."""
        model, kind = self.learner.model, type(self.learner).__name__
        facts = ModelFacts("model", type(model).__name__)
        for module, name in self._names.items():
            weights = list(module.named_parameters(recurse=False))
            if weights:
                facts.layers[name] = facts_of(name, module)
            for own, weight in weights:
                full = f"{name}.{own}" if name != "model" else own
                facts.parameters[full] = parameter_facts(full, name, weight)
                facts.parameters[full].optimized = True
        self.vitals.models = {"model": facts}
        optimizer = OptimizerFacts(kind, kind, parameters=list(facts.parameters))
        self.vitals.optimizers = {kind: optimizer}
        if not self.vitals.losses:
            self.vitals.losses.append(LossFacts("unknown", kind))

    def _look(self, step: StepVitals) -> None:
        names = list(self._before)
        now = dict(self._weights())
        before = norms([self._before[name] for name in names])
        moved = norms([now[name].detach() - self._before[name] for name in names])
        step.weight_norm, step.update_norm = total(before), total(moved)
        for name, weight, update in zip(names, before, moved, strict=True):
            layer = step.layers.setdefault(name.rpartition(".")[0] or "model", LayerVitals())
            size = max(1, now[name].numel()) ** 0.5
            if now[name].dim() >= 2:
                layer.weight, layer.update = weight / size, update / size
            else:
                layer.bias = weight / size
        gradients: list[float] = []
        for place, (module, tensors) in enumerate(self._published.items()):
            layer = step.layers.setdefault(self._names.get(module, "model"), LayerVitals())
            self._look_at(layer, tensors)
            if "gradient" in tensors:
                (norm,) = norms([tensors["gradient"]])
                layer.gradient = norm / max(1, tensors["gradient"].numel()) ** 0.5
                gradients.append(norm)
            if not place:
                step.batch = _batch(tensors)
            elif step.batch is not None and "outputs" in tensors:
                step.batch.outputs = look_at_tensor(tensors["outputs"], features=False)
        if gradients:
            step.gradient_norm = total(gradients)

    def _look_at(self, layer: LayerVitals, tensors: dict[str, Tensor]) -> None:
        outputs = tensors.get("outputs")
        numbers = None if outputs is None or not outputs.dim() else look_at_output(outputs, -1, None, False)
        if numbers is not None:
            numbers.join(layer)


def _batch(tensors: dict[str, Tensor]) -> BatchVitals:
    batch = BatchVitals()
    found: dict[str, Any] = {name: look_at_tensor(tensor) for name, tensor in tensors.items() if name != "gradient"}
    if "inputs" in found:
        batch.inputs["x"] = found["inputs"]
    batch.outputs, batch.targets = found.get("outputs"), found.get("targets")
    return batch
