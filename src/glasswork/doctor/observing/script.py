"""script: run somebody's training script as it is, under observation."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from glasswork.doctor.checkup import Checkup
from glasswork.doctor.observing.endings import Endings
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.observing.patches import CALL
from glasswork.errors import UsageError

__all__ = ["run_script"]

_OWN = str(Path(__file__).parent)


def run_script(
    path: str | Path,
    argv: Sequence[str] = (),
    *,
    experiments: bool = True,
    ended: Callable[[Checkup, int], int] | None = None,
) -> tuple[Checkup, int]:
    """Run a script as ``python path argv…`` would, and watch it train.

    The script is ``__main__``, with its own ``sys.argv`` and its own folder first on ``sys.path``. Where it ends with
    an exception, that is shown as Python would show it.

    Args:
        path: the script.
        argv: its own arguments.
        experiments: whether to try what is in doubt on a copy of the model, when the script has ended.
        ended: called with what was found and the exit status where nothing is returned, as the process ends there and
            then: by SIGTERM, or by ``os._exit``. It returns the status to leave with.

    Returns:
        What was found, and the exit status the script would have had.
    """
    file = Path(path)
    try:
        source = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} could not be read: {error.strerror or error}.") from None
    checkup = Checkup()
    observer = Observer(checkup.vitals, checkup.on_step)
    observer.keeping.wanted = experiments
    checkup.settle = observer.settle
    name = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links, which Python does not
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __file__=name, __builtins__=builtins, __cached__=None, __loader__=None, __spec__=None, __annotations__={}
    )
    before = sys.modules.get("__main__"), list(sys.argv), list(sys.path)
    sys.modules["__main__"] = main
    sys.argv[:] = [str(path), *argv]
    folder = str(file.resolve().parent)
    if sys.path and not _is_flagged():
        sys.path[0] = folder
    else:
        sys.path.insert(0, folder)

    def finish(status: int) -> int:
        observer.deaf = True
        observer.stop()
        return status if ended is None else ended(checkup, status)

    with contextlib.nullcontext() if ended is None else Endings(finish):
        observer.start()
        try:
            status = _execute(source, name, main, observer)
        finally:
            observer.stop()
            sys.modules["__main__"] = before[0] or main
            sys.argv[:], sys.path[:] = before[1], before[2]
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        checkup.script = main  # its objects live as long as what was seen of them
        checkup.examine()
        observer.keeping.experiment(checkup)
    return checkup, status


def _is_flagged() -> bool:
    """Whether Python was told to put nothing in front of the path (``-P``, ``-I``)."""
    return bool(sys.flags.safe_path)


def _execute(source: bytes, name: str, main: types.ModuleType, observer: Observer) -> int:
    try:
        exec(compile(source, name, "exec", dont_inherit=True), main.__dict__)  # noqa: S102 - what we are asked to do
    except SystemExit as left:
        return _status(left)
    except BaseException as error:
        error.__traceback__ = _cleaned(error.__traceback__)
        observer.on_crash(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _status(left: SystemExit) -> int:
    """Return the exit status that Python makes of ``sys.exit(…)``."""
    if left.code is None:
        return 0
    if isinstance(left.code, int):
        return left.code & 0xFF
    sys.stderr.write(f"{left.code}\n")
    return 1


def _cleaned(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without our own frames, as the script alone would have had it."""
    if trace is None:
        return None
    rest = _cleaned(trace.tb_next)
    code = trace.tb_frame.f_code
    if code.co_filename.startswith(_OWN) or code.co_name == CALL:
        return rest
    trace.tb_next = rest
    return trace
