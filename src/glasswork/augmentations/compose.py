"""Compose: several augmentations, one after another; what can be done in one pass is.

Course: AUG-01, REG-08.

Letters in shapes: B samples, C channels, H height, W width, N boxes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from glasswork.augmentations.augmentation import Augmentation, Labelled
from glasswork.augmentations.colours import ColourKind, recolour_by
from glasswork.augmentations.cutout import Cutout
from glasswork.augmentations.elastic import Elastic, pull_boxes
from glasswork.augmentations.geometry import (
    Geometric,
    around_boxes,
    check_labels,
    identity_matrices,
    move_boxes,
    multiply,
    warp,
    warp_masks,
)
from glasswork.augmentations.randomness import mix, uniform
from glasswork.checks import check_dimensions, check_size, check_whole
from glasswork.errors import ShapeError

__all__ = ["Compose"]


class Compose(Augmentation):
    r"""Apply augmentations in order, each with random numbers of its own.

    Neighbours that move pixels are multiplied into one matrix, and the image is resampled once:

    .. math:: \text{out}(x, y) = \text{in}(M_1 M_2 \cdots M_n\,(x, y, 1))

    This is sharper than resampling at every step, and keeps what an earlier step moved out of the frame and a later
    one brings back. Flips and crops alone only copy pixels and do so one after another. Neighbours that change colours
    are one pass too, in which pixels are rounded once. Neighbours share a warp where they agree on what lies
    outside; a crop joins in mode ``edge``, or ``constant`` with 0. An `Elastic` joins those before it.

    >>> from glasswork.augmentations.crop import Crop
    >>> from glasswork.augmentations.flip import Flip
    >>> augment = Compose(Crop(padding=4), Flip())
    >>> augment(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])
    """

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the samples, changed by every part; `keys` are one int64 a sample."""
        check_whole("Compose", keys=keys)
        check_size("Compose", 0, len(x), keys=keys)
        chance, fresh = self._chance(keys), False  # fresh: memory that is ours alone may be written to
        for run in self.runs():
            parts: list[Any] = [part for _, part in run]
            if isinstance(parts[0], ColourKind):
                check_dimensions("Compose", 4, x=x)
                drawn = [chance.draw(position, x.shape) for position, _ in run]
                x, fresh = recolour_by(parts, drawn, x, fresh=fresh and x.is_floating_point()), True
            elif len(run) > 1:
                check_dimensions("Compose", 4, x=x)
                x, fresh = _Once(run, chance, x.shape).images(x), True
            elif fresh and isinstance(parts[0], Cutout):
                x = parts[0].cover_(x, chance.draw(run[0][0], x.shape)) if parts[0].probability else x
            else:
                x, fresh = parts[0](x, keys=chance.keys[run[0][0]]), False
        return x

    def labelled(
        self,
        x: Tensor,
        *,
        keys: Tensor,
        masks: Tensor | None = None,
        boxes: Tensor | None = None,
        outside_label: int = 0,
        visible: float = 0.25,
    ) -> Labelled:
        """Return images, masks and boxes, changed alike by every part; a box is kept if every step keeps it."""
        check_labels("Compose", x, masks, boxes, visible)
        now = Augmentation.labelled(_Nothing(), x, keys=keys, masks=masks, boxes=boxes)
        chance = self._chance(keys)
        for run in self.runs():
            parts: list[Any] = [part for _, part in run]
            if isinstance(parts[0], ColourKind):
                drawn = [chance.draw(position, now.x.shape) for position, _ in run]
                now = now._replace(x=recolour_by(parts, drawn, now.x))
                continue
            if len(run) > 1:
                step = _Once(run, chance, now.x.shape).labelled(now, outside_label, visible)
            elif isinstance(parts[0], Augmentation):
                step = parts[0].labelled(
                    now.x,
                    keys=chance.keys[run[0][0]],
                    masks=now.masks,
                    boxes=now.boxes,
                    outside_label=outside_label,
                    visible=visible,
                )
            else:
                raise ShapeError(f"Compose: {type(parts[0]).__name__} cannot change masks and boxes with the images.")
            now = step if now.kept is None or step.kept is None else step._replace(kept=now.kept & step.kept)
        return now

    def _chance(self, keys: Tensor) -> _Chance:
        return _Chance(list(self.parts), keys)

    def runs(self) -> list[list[tuple[int, nn.Module]]]:
        """Return the parts and their positions, those together that are done in one pass; idle ones are left out."""
        runs: list[list[tuple[int, nn.Module]]] = []
        for position, part in enumerate(self.parts):
            if isinstance(part, Geometric | ColourKind | Elastic) and part.idle():
                continue
            if runs and _joins([earlier for _, earlier in runs[-1]], part):
                runs[-1].append((position, part))
            else:
                runs.append([(position, part)])
        return [short for run in runs for short in _copied_apart(run)]


def _joins(run: list[nn.Module], part: nn.Module) -> bool:
    if isinstance(part, ColourKind):
        return isinstance(run[0], ColourKind)
    if not isinstance(part, Geometric | Elastic) or not all(isinstance(earlier, Geometric) for earlier in run):
        return False
    outside = {kind.outside for kind in (*run, part) if isinstance(kind, Geometric | Elastic)} - {"any"}
    return len(outside) <= 1 and "own" not in outside


def _copied_apart(run: list[tuple[int, nn.Module]]) -> list[list[tuple[int, nn.Module]]]:
    """Return a run that only copies whole pixels as single steps."""
    copies = all(isinstance(part, Geometric) and part.exact for _, part in run)
    return [[step] for step in run] if copies else [run]


class _Nothing(Augmentation):
    """Change nothing."""

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return what came."""
        return x


class _Chance:
    """Each part's keys, (parts, B), and its uniform random numbers: hashed for all parts at once, which is faster."""

    def __init__(self, parts: list[Any], keys: Tensor) -> None:
        self.parts = parts
        self.keys = mix(keys, torch.arange(len(parts), device=keys.device)[:, None])
        self.uniform_PBN: Tensor | None = None

    def draw(self, position: int, shape: torch.Size) -> dict[str, Tensor]:
        part = self.parts[position]
        if not part.numbers:
            return part.draw(self.keys[position], shape)
        if self.uniform_PBN is None:
            kinds = [part if isinstance(part, Augmentation) else Augmentation() for part in self.parts]
            streams = torch.tensor([kind.stream for kind in kinds], device=self.keys.device)
            self.uniform_PBN = uniform(self.keys, max(kind.numbers for kind in kinds), streams[:, None])
        return part.choose(self.uniform_PBN[position], shape)


class _Once:
    """Neighbours that move pixels, as one warp: the product of their matrices, and an elastic one's displacements."""

    def __init__(self, run: list[tuple[int, nn.Module]], chance: _Chance, shape: torch.Size) -> None:
        self.old = (shape[2], shape[3])
        self.matrices = identity_matrices(chance.keys[0])
        self.displacement: Tensor | None = None
        self.outside = "zeros"
        self.untouched = True
        for number, (position, part) in enumerate(run):
            drawn = chance.draw(position, shape)
            if isinstance(part, Elastic):
                self.displacement = drawn["displacement"]
            elif isinstance(part, Geometric):
                matrices = part.matrices(drawn, shape)
                self.matrices = multiply(self.matrices, matrices) if number else matrices
                shape = torch.Size((*shape[:2], *part.frame(shape[2], shape[3])))
                self.untouched = self.untouched and part.probability < 1
            if isinstance(part, Geometric | Elastic) and part.outside != "any":
                self.outside = part.outside
        self.new = (shape[2], shape[3])

    def images(self, x: Tensor) -> Tensor:
        return warp(
            x,
            self.matrices,
            size=self.new,
            outside=self.outside,
            displacement_B2HW=self.displacement,
            untouched=self.untouched,
        )

    def labelled(self, now: Labelled, outside_label: int, visible: float) -> Labelled:
        masks, boxes, kept = now.masks, now.boxes, now.kept
        if masks is not None:
            moved = warp_masks(
                masks if masks.ndim == 4 else masks[:, None],
                self.matrices,
                size=self.new,
                outside=self.outside,
                label=outside_label,
                displacement_B2HW=self.displacement,
            )
            masks = moved if masks.ndim == 4 else moved[:, 0]
        if boxes is not None:
            if self.displacement is None:
                boxes, kept = move_boxes(boxes, self.matrices, self.old, self.new, visible=visible)
            else:  # pixels may be pulled in from beyond the frame, so that boxes are not cut off before
                moved_boxes = around_boxes(boxes, self.matrices, self.old, self.new)
                moved_boxes, kept = pull_boxes(moved_boxes, self.displacement, visible=visible)
                boxes = moved_boxes.to(boxes.dtype if boxes.is_floating_point() else torch.float32)
        return Labelled(self.images(now.x), masks, boxes, kept)
