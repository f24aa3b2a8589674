"""Units that all begin alike and stay alike.

Looks at:     weight matrices whose rows, one a unit, were all equal at first, and the gradients of those rows; layers
              side by side, as branches or experts, that began as copies of each other.
Fires when:   such a layer's gradient is equal in all its rows too, in TIMES sampled steps; or layers of one shape began
              with the same weights and have weights and gradients of the same size, to the last digit, in TIMES sampled
              steps.
Why it hurts: equal units get equal gradients and stay equal: however wide the layer, it computes one number.
Try first:    draw the weights at random: Xavier for tanh, He for ReLU.
              A list of branches is to be drawn branch by branch, not copied.
Can be wrong: where a constant filter is meant; then its gradients differ or it does not learn, and the rule is
              silent. Copied layers that stand one after the other, or see other data, get other gradients.
Source:       TheDeepChecker's F-test, NeuraLint's constant-initialisation rule; Goodfellow et al. 2016, section 8.4.
              TIMES: equality is exact, a second look excludes a batch in which a layer happened to be silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import matrix, weighted
from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.vitals import LayerVitals, ModelFacts, Vitals
from glasswork.records import Finding

__all__ = ["alike_layers", "symmetric_initialisation"]

TIMES = 2
SAME = 1e-6  # relative


def symmetric_initialisation(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer whose units began equal, not at 0, and stay equal."""
    found = list(alike_layers(vitals, zero=False))
    if found:
        name, step = found[0]
        others = f"; so are those of {len(found) - 1} more layers" if len(found) > 1 else ""
        yield Finding(
            "symmetric-initialisation",
            "critical",
            0.95,
            name,
            f"All units of {name} began with the same weights, and at step {step} they get the same gradient{others}.",
            "Draw the weights at random: torch.nn.init.kaiming_uniform_ for ReLU, xavier_uniform_ for tanh.",
            step,
        )
        return
    for model in vitals.models.values():
        for names, step in _copied(model, vitals):
            yield Finding(
                "symmetric-initialisation",
                "critical",
                0.93,
                names[0],
                f"{len(names)} layers ({', '.join(names[:3])}{' …' if len(names) > 3 else ''}) began with the same "
                f"weights, and up to step {step} they get the same gradients: together they are one layer.",
                "Draw each copy's weights anew (reset_parameters), or make every one by its own call.",
                step,
            )
            return


def _copied(model: ModelFacts, vitals: Vitals) -> Iterator[tuple[list[str], int]]:
    """Yield layers that began as copies of each other and stay so, with the step that showed it."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for layer in weighted(model):
        weight = matrix(model, layer.name)
        known = weight is not None and weight.std and weight.largest is not None
        if weight is None or not known or not weight.trainable or weight.alike or weight.optimized is False:
            continue  # units that are all alike within a layer have a finding of their own
        groups.setdefault((weight.shape, weight.mean, weight.std, weight.largest), []).append(layer.name)
    steps = [step for step in looked_at(vitals) if step.layers]
    for names in groups.values():
        looks = [[step.layers.get(name) for name in names] for step in steps[:TIMES]]
        if len(names) > 1 and len(looks) == TIMES and all(map(_equal, looks)):
            yield names, steps[TIMES - 1].number


def _equal(seen: list[LayerVitals | None]) -> bool:
    """Return whether layers have weights and gradients of one size, and gradients at all."""
    sizes = [(one.weight, one.gradient) for one in seen if one is not None and one.weight and one.gradient]
    first = sizes[0] if sizes else (0.0, 0.0)
    near = all(
        abs((a or 0.0) - (b or 0.0)) <= SAME * (b or 0.0) for one in sizes for a, b in zip(one, first, strict=True)
    )
    return len(sizes) == len(seen) and near


def alike_layers(vitals: Vitals, *, zero: bool) -> Iterator[tuple[str, int]]:
    """Yield each layer whose units began alike (at 0 or not) and got equal gradients, with the step that showed it."""
    for model in vitals.models.values():
        own = [] if zero else [x for x in model.layers.values() if x.family == "other"]  # written by somebody
        for layer in [*weighted(model), *own]:
            weight = matrix(model, layer.name)
            if weight is None or not weight.trainable or not weight.alike or (weight.zeros == 1.0) != zero:
                continue
            row, moved = 0, False
            for step in looked_at(vitals):
                seen = step.layers.get(layer.name)
                if seen is None or (seen.gradient_alike is None and seen.gradient != 0):
                    continue
                # A recurrent layer's rows are of several gates, which differ: there equal first weights must do.
                if seen.gradient_alike is False and layer.family != "recurrent":
                    break
                # No gradient at all may be that of a branch behind a last layer of 0: it must have had time to move.
                waits = zero and seen.gradient == 0 and row > 0 and not moved
                moved = moved or (step.update_norm or 0.0) > 0 or step.gradient_norm == 0
                row += not waits
                if row == TIMES:
                    yield layer.name, step.number
                    break
