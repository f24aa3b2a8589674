"""Augmentation against kornia: time an image, 256 images of 32x32x3 in float32, the same ranges of parameters.

    make .venv-peers/.ready                                       # an environment with kornia
    .venv-peers/bin/python benchmarks/augmentations.py            # a minute; writes measured/augmentations.json
    .venv/bin/python benchmarks/results.py --write               # and the page

The pipeline: mirror, turn, shift and zoom, a window cut from the padded image, brightness, contrast and saturation
(cut off at 0 and 1, as kornia does), a covered square. Both run under `no_grad`, in turns, each pair in a random order;
kornia as `AugmentationSequential` or `nn.Sequential`, whichever is faster. The ratio is the geometric mean over the pairs of
kornia's time by ours; the bounds are a bootstrap's over pairs. The drawn parameters of both are compared by Kolmogorov and
Smirnov's test. Kornia numbers its draws by a generator's state; ours by each sample's key, so that a sample's change does not
depend on its batch: hashing the keys is part of our time. One tensor of 31 MB is made and freed at the start, as any network's
activations are: the C library then keeps freed memory, and neither side waits for the system to hand out pages.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import kornia
import kornia.augmentation as K  # noqa: N812
import torch
from scipy.stats import ks_2samp
from torch import Tensor, nn

import glasswork.augmentations as ours
from glasswork.augmentations.randomness import mix

PAGE = Path(__file__).resolve().parent / "measured" / "augmentations.json"
B, C, SIDE = 256, 3, 32
DEGREES, SHARE, LOW, HIGH, PADDING, AMOUNT, SQUARE = 15.0, 0.1, 0.8, 1.25, 4, 0.2, 8
AREA = (SQUARE / SIDE) ** 2
SIGMA = 4.0
DRAWN = 40  # batches whose parameters are compared

Run = Callable[[Tensor, int], Tensor]


class Unit(ours.Augmentation):
    """Cut values off at 0 and 1, as kornia's colours do."""

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, cut off."""
        return x.clamp(0, 1)


def pipeline() -> ours.Compose:
    return ours.Compose(
        ours.Flip(0.5), ours.Rotate(DEGREES), ours.Translate(SHARE), ours.Scale(LOW, HIGH), ours.Crop(PADDING),
        ours.Brightness(AMOUNT), ours.Contrast(AMOUNT), ours.Saturation(AMOUNT), Unit(),
        ours.Cutout(SQUARE, inside=True),
    )  # fmt: skip


def their_pipeline() -> list[nn.Module]:
    return [
        K.RandomHorizontalFlip(p=0.5),
        K.RandomAffine(DEGREES, translate=(SHARE, SHARE), scale=(LOW, HIGH), p=1.0),
        K.RandomCrop((SIDE, SIDE), padding=PADDING, p=1.0),
        K.ColorJitter(AMOUNT, AMOUNT, AMOUNT, 0.0, p=1.0),
        K.RandomErasing(scale=(AREA, AREA), ratio=(1.0, 1.0), p=1.0),
    ]


RANGE = (1 - AMOUNT, 1 + AMOUNT)
KINDS: dict[str, tuple[Callable[[], nn.Module], Callable[[], list[nn.Module]]]] = {
    "the whole pipeline": (pipeline, their_pipeline),
    "rotate": (lambda: ours.Rotate(DEGREES), lambda: [K.RandomRotation(DEGREES, p=1.0)]),
    "translate": (lambda: ours.Translate(SHARE), lambda: [K.RandomTranslate((-SHARE, SHARE), (-SHARE, SHARE), p=1.0)]),
    "scale": (lambda: ours.Scale(LOW, HIGH), lambda: [K.RandomAffine(0.0, scale=(LOW, HIGH), p=1.0)]),
    "shear": (lambda: ours.Shear(10), lambda: [K.RandomShear(10.0, p=1.0)]),
    "flip": (lambda: ours.Flip(0.5), lambda: [K.RandomHorizontalFlip(p=0.5)]),
    "brightness": (lambda: ours.Brightness(AMOUNT), lambda: [K.RandomBrightness(RANGE, clip_output=False, p=1.0)]),
    "contrast": (lambda: ours.Contrast(AMOUNT), lambda: [K.RandomContrast(RANGE, clip_output=False, p=1.0)]),
    "saturation": (lambda: ours.Saturation(AMOUNT), lambda: [K.RandomSaturation(RANGE, p=1.0)]),
    "crop": (lambda: ours.Crop(PADDING), lambda: [K.RandomCrop((SIDE, SIDE), padding=PADDING, p=1.0)]),
    "cutout": (
        lambda: ours.Cutout(SQUARE, inside=True), lambda: [K.RandomErasing((AREA, AREA), (1.0, 1.0), p=1.0)],
    ),
    "elastic": (
        lambda: ours.Elastic(34.0, SIGMA),
        lambda: [K.RandomElasticTransform((31, 31), (SIGMA, SIGMA), (34 * 2 / SIDE, 34 * 2 / SIDE), p=1.0)],
    ),
    "noise": (lambda: ours.Noise(0.05), lambda: [K.RandomGaussianNoise(0.0, 0.05, p=1.0)]),
}  # fmt: skip


def runs(name: str) -> tuple[Run, list[Run]]:
    """Return our call and kornia's, in both of its forms."""
    make, make_theirs = KINDS[name]
    own, forms = make(), [K.AugmentationSequential(*make_theirs()), nn.Sequential(*make_theirs())]

    def run(x: Tensor, number: int) -> Tensor:
        return own(x, keys=ours.sample_keys(0, number, torch.arange(len(x))))

    return run, [lambda x, _, form=form: form(x) for form in forms]


def timed(run: Run, x: Tensor, number: int) -> float:
    # On one thread the time of this process alone: what others do on the machine does not count.
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    begin = clock()
    run(x, number)
    return clock() - begin


def compare(name: str, pairs: int) -> dict[str, float]:
    """Time pairs in turns and return both times an image, in microseconds, and the ratio with its bounds."""
    x = torch.rand(B, C, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    own, forms = runs(name)
    with torch.no_grad():
        for run in (own, *forms):
            for number in range(5):
                run(x, number)
        theirs = min(forms, key=lambda form: statistics.median(timed(form, x, number) for number in range(9)))
        times: list[tuple[float, float]] = []
        shuffled = random.Random(0)
        for number in range(pairs):
            first = {}
            for who in shuffled.sample(("ours", "theirs"), 2):
                first[who] = timed(own if who == "ours" else theirs, x, number)
            times.append((first["ours"], first["theirs"]))
    logs = [math.log(b / a) for a, b in times]
    means = sorted(statistics.fmean(shuffled.choices(logs, k=pairs)) for _ in range(2000))
    micro = 1e6 / B
    return {
        "ours_us": statistics.median(a for a, _ in times) * micro,
        "kornia_us": statistics.median(b for _, b in times) * micro,
        "ratio": math.exp(statistics.fmean(logs)),
        "low": math.exp(means[50]),
        "high": math.exp(means[1949]),
    }


def drawn_by_us(batches: int) -> dict[str, Tensor]:
    shape = torch.Size((B, C, SIDE, SIDE))
    found: dict[str, list[Tensor]] = {}
    parts = {type(part).__name__: (position, part) for position, part in enumerate(pipeline().parts)}
    for number in range(batches):
        keys = ours.sample_keys(1, number, torch.arange(B))

        def of(name: str, keys: Tensor = keys) -> dict[str, Tensor]:
            position, part = parts[name]
            return part.draw(mix(keys, position), shape)

        shift, corner, square = of("Translate")["shift"], of("Crop")["shift"] + PADDING, of("Cutout")["corner"]
        rows = {
            "mirrored": of("Flip")["turned"].float(), "angle": of("Rotate")["degrees"],
            "shift right": shift[:, 0], "shift down": shift[:, 1], "zoom": of("Scale")["factor"],
            "window's row": corner[:, 0], "window's column": corner[:, 1],
            "brightness": of("Brightness")["factor"], "contrast": of("Contrast")["factor"],
            "saturation": of("Saturation")["factor"], "square's row": square[:, 0], "square's column": square[:, 1],
        }  # fmt: skip
        for key, value in rows.items():
            found.setdefault(key, []).append(value.double())
    return {key: torch.cat(values) for key, values in found.items()}


def drawn_by_kornia(batches: int) -> dict[str, Tensor]:
    torch.manual_seed(1)
    pipeline, x = K.AugmentationSequential(*their_pipeline()), torch.rand(B, C, SIDE, SIDE)
    found: dict[str, list[Tensor]] = {}
    for _ in range(batches):
        pipeline(x)
        flip, affine, crop, colour, square = (item.data for item in pipeline._params)
        rows = {
            "mirrored": flip["batch_prob"], "angle": affine["angle"],
            "shift right": affine["translations"][:, 0], "shift down": affine["translations"][:, 1],
            "zoom": affine["scale"][:, 0], "window's row": crop["src"][:, 0, 1], "window's column": crop["src"][:, 0, 0],
            "brightness": colour["brightness_factor"], "contrast": colour["contrast_factor"],
            "saturation": colour["saturation_factor"], "square's row": square["ys"], "square's column": square["xs"],
        }  # fmt: skip
        for key, value in rows.items():
            found.setdefault(key, []).append(value.double())
    return {key: torch.cat(values) for key, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    torch.ones(7_800_000)
    a, b = drawn_by_us(DRAWN), drawn_by_kornia(DRAWN)
    same = {name: float(ks_2samp(a[name].numpy(), b[name].numpy()).pvalue) for name in a}
    print("Kolmogorov-Smirnov:", {name: round(p, 3) for name, p in same.items()})
    measured = {}
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        measured[threads] = {name: compare(name, arguments.pairs) for name in KINDS}
        for name, row in measured[threads].items():
            print(threads, name, {key: round(value, 2) for key, value in row.items()}, flush=True)
    if arguments.dry:
        return
    rows = []
    for name in KINDS:
        cells = [f"{measured[t][name]['ours_us']:.1f} | {measured[t][name]['kornia_us']:.1f} | "
                 f"{measured[t][name]['ratio']:.1f} ({measured[t][name]['low']:.1f}–{measured[t][name]['high']:.1f})"
                 for t in arguments.threads]  # fmt: skip
        rows.append([name, *" | ".join(cells).split(" | ")])
    whole = measured[arguments.threads[0]]["the whole pipeline"]
    heads = [
        f"{what}, {t} thread{'s' * (t > 1)}" for t in arguments.threads for what in ("µs", "kornia, µs", "times faster")
    ]
    load = os.getloadavg()[0]
    record = {
        "command": "python benchmarks/augmentations.py",
        "ratio": whole["ratio"],
        "bounds": [whole["low"], whole["high"]],
        "wanted": "at least 2 times faster than kornia an image",
        "per_kind": measured,
        "kolmogorov_smirnov_p": same,
        "pairs": arguments.pairs,
        "versions": {"torch": torch.__version__, "kornia": kornia.__version__, "python": platform.python_version()},
        "machine": {"cores": os.cpu_count(), "load": load},
        "table": {
            "title": "Augmentation, against kornia",
            "text": f"`benchmarks/augmentations.py`: time an image, {B} images of {SIDE}x{SIDE}x{C} in float32, the same ranges "
            f"(Kolmogorov-Smirnov over {DRAWN * B} draws of each parameter: p >= {min(same.values()):.2f}). Times faster: geometric "
            f"mean of {arguments.pairs} pairs in turns, 95 % bounds; wanted: 2 for the pipeline. kornia {kornia.__version__}, torch "
            f"{torch.__version__}, {os.cpu_count()} cores, load average {load:.1f}. On one thread: processor time. Kornia's brightness alone adds where ours multiplies, and its contrast alone multiplies where ours keeps the mean.",
            "columns": ["kind", *heads],
            "rows": rows,
        },
    }
    PAGE.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
