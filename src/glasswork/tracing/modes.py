"""The two modes of torch through which the recorder sees a program, and whose line it is that asks."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from glasswork.tracing.tape import Source

if TYPE_CHECKING:
    from glasswork.tracing.recorder import Recorder

__all__ = ["Functions", "Operations", "source"]

_HERE = str(Path(__file__).parent)
_TORCH = str(Path(torch.__file__).parent)
_RECORD = str(Path(__file__).parent / "record.py")


class Operations(TorchDispatchMode):
    """Sees each primitive operation with its values."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Torch would import its compiler (seconds) only to keep it out of the method below."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._recorder.operate(func, args, kwargs or {})


class Functions(TorchFunctionMode):
    """Sees calls by their public names, and those that they make in turn."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder, self._passing = recorder, False

    def guard(self, check: Callable[..., bool]) -> Callable[..., bool]:
        """Wrap a check of torch.nn.functional so that it answers no once, when we call the function ourselves."""

        def guarded(*tensors: Any) -> bool:
            if self._passing:
                self._passing = False
                return False
            return check(*tensors)

        return guarded

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        name = getattr(func, "__name__", type(func).__name__)
        if name in ("__get__", "__set__", "size", "dim", "numel", "is_floating_point", "stride"):
            return func(*args, **(kwargs or {}))
        call = self._recorder.begin_call(func, name, args, kwargs)
        try:
            if getattr(func, "__module__", None) == "torch.nn.functional" and hasattr(func, "__code__"):
                with self:
                    self._passing = True
                    result = func(*args, **(kwargs or {}))
            else:
                result = func(*args, **(kwargs or {}))
        except BaseException:
            self._recorder.abandon_call(call)
            raise
        finally:
            self._passing = False
        self._recorder.end_call(call, result, args, kwargs)
        return result


def source() -> Source | None:
    """Return the innermost line of a program that is neither torch nor the trace."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_HERE, _TORCH)) and not file.startswith("<frozen") and "contextlib" not in file:
            text = linecache.getline(file, frame.f_lineno).strip()
            return Source(file, frame.f_lineno, text, frame.f_code.co_name)
        if file == _RECORD:
            return None
        frame = frame.f_back  # type: ignore[assignment]
    return None
