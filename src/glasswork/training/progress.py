"""Progress: what a person sees while a network trains."""

from __future__ import annotations

import sys
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glasswork.records import StepRecord

__all__ = ["Progress"]

_LINES = 6  # about this many epoch lines in a log, however many epochs there are
_EVERY = 0.15  # seconds between two redraws of a bar
_SIGN_OF_LIFE = 120.0  # a log shows a line at least this often


class Progress:
    """A bar on a terminal, a few plain lines in a log, nothing when silent; always on stderr.

    Args:
        silent: show nothing.
        stream: default: stderr.
        terminal: whether the stream is a terminal; default: asked of the stream.
    """

    def __init__(self, *, silent: bool = False, stream: IO[str] | None = None, terminal: bool | None = None) -> None:
        self.stream = stream or sys.stderr
        self.silent = silent
        self.terminal = bool(self.stream.isatty()) if terminal is None else terminal
        self._bar: Any = None
        self._task: Any = None
        self._shown = ""
        self._steps = 0
        self._epochs: int | None = None
        self._next = 0.0
        self._printed = 0
        self._metric = "valid/loss"
        self._began = self._drawn = self._spoke = time.monotonic()
        self._first_step = 0

    def start(self, *, steps: int, epochs: int | None, done: int, metric: str) -> None:
        """Begin: `steps` batches in `epochs` epochs, of which `done` batches are behind; `metric` is shown."""
        self._steps, self._epochs, self._metric = steps, epochs, metric
        self._first_step = done
        self._began = self._drawn = self._spoke = time.monotonic()
        self._next = 0.0
        if self.silent or not self.terminal:
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[loss]}"),
            TextColumn("{task.fields[metric]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(compact=True),
            console=Console(file=self.stream, force_terminal=True),
            transient=True,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("training", total=steps, completed=done, loss="", metric="", speed="")
        self._bar.start()

    def step(self, record: StepRecord, epoch: int) -> None:
        """Show a step, if enough time has passed since the last one shown."""
        if self._bar is None:
            return
        now = time.monotonic()
        if now - self._drawn < _EVERY:
            return
        self._drawn = now
        rate = (record.number - self._first_step) / max(1e-9, now - self._began)
        what = f"epoch {epoch}" + (f"/{self._epochs}" if self._epochs else "")
        self._bar.update(
            self._task,
            description=what,
            completed=record.number,
            loss=f"loss {float(record.loss):.4g}",
            metric=self._shown,
            speed=f"{rate * record.examples:,.0f} examples/s",
            refresh=True,
        )

    def epoch(self, line: dict[str, Any], *, best: bool = False) -> None:
        """Show the end of an epoch; in a log only some of them."""
        if self.silent:
            return
        self._shown = f"{self._metric} {line[self._metric]:.4g}" if self._metric in line else ""
        now = time.monotonic()
        done = line["step"] / max(1, self._steps)
        if self.terminal or not (done >= self._next or now - self._spoke > _SIGN_OF_LIFE):
            return
        self._spoke = now
        while self._next <= done:
            self._next += 1 / _LINES
        self.stream.write(self._word(line, best) + "\n")
        self.stream.flush()

    def say(self, message: str) -> None:
        """Show a sentence."""
        if self.silent:
            return
        if self._bar is not None:
            self._bar.console.print(message, highlight=False, markup=False)
        else:
            self.stream.write(message + "\n")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _word(self, line: dict[str, Any], best: bool) -> str:
        total = f"/{self._epochs}" if self._epochs else ""
        parts = [f"epoch {line['epoch']}{total}"]
        shown = ["train/loss", "valid/loss", self._metric]
        parts += [f"{name} {line[name]:.4g}" for name in dict.fromkeys(shown) if line.get(name) is not None]
        parts.append(f"{line['time']:.1f} s")
        return "  ".join(parts) + ("  (best so far)" if best else "")
