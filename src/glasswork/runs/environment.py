"""What a run ran on: versions, processor, memory, and the choices made for this machine. No names of users or hosts."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["describe_environment", "native_bf16"]

_PACKAGES = ("glasswork", "torch", "numpy", "polars", "scikit-learn", "safetensors", "tokenizers", "pillow")


def describe_environment(**choices: Any) -> dict[str, Any]:
    """Return the facts for ``environment.json``; `choices` are kernel, thread and precision choices.

    >>> sorted(describe_environment(threads=1))
    ['choices', 'cores', 'machine', 'memory_gb', 'packages', 'processor', 'python', 'system']
    """
    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "packages": packages,
        "choices": choices,
    }


def native_bf16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware, where half precision saves time.

    Elsewhere it is emulated, slower than float32.
    """
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(_cpu_info().get("flags", "").split()))


def _cpu_info() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    facts = {key.strip(): value.strip() for key, _, value in pairs}
    return {**facts, "flags": facts.get("flags", facts.get("Features", ""))}


def _processor() -> str:
    return _cpu_info().get("model name") or platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None
