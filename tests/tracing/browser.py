"""A headless Chromium, driven over a pipe (the DevTools protocol, no package needed)."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

_WAIT = 90.0


def find_chromium() -> str:
    """Return the browser's path, or skip, saying so."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no chromium here: how the pages look was not tested")
    return found


def find_axe() -> str:
    """Return the source of axe-core, from `AXE_CORE` or build/axe, where `make axe` puts it; skip, saying so."""
    root = Path(__file__).resolve().parents[2]
    for path in (os.environ.get("AXE_CORE", ""), root / "build/axe/node_modules/axe-core/axe.min.js"):
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8")
    pytest.skip("no axe-core here (make axe installs it): accessibility of the pages was not tested")


class Browser:
    """One tab."""

    def __init__(self) -> None:
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        read, self.writing = os.pipe()
        self.reading, write = os.pipe()
        command = (
            f"exec {find_chromium()} --headless --no-sandbox --disable-gpu --no-first-run --remote-debugging-pipe "
            "--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars "
            f"--disable-dev-shm-usage --user-data-dir={self.profile} about:blank 3<&{read} 4>&{write}"
        )
        self.process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(read, write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(read)
        os.close(write)
        self.buffer, self.number, self.session = b"", 0, None
        self.requests: list[str] = []
        self.events: list[str] = []
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer; events on the way are noted."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def open(self, path: Path, *, width: int = 1100, height: int = 900, scale: float = 1, dark: bool = False) -> None:
        """Load a file."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=scheme)
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        self.requests, self.events = [], []
        self.ask("Page.navigate", url=Path(path).resolve().as_uri())
        end = time.monotonic() + _WAIT
        while "Page.loadEventFired" not in self.events and time.monotonic() < end:
            self._note(self._next())

    def run(self, script: str) -> Any:
        """Return what an expression gives, promises awaited."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"])[:600])
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key."""
        codes = {"Tab": 9, "Enter": 13}
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **text)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save what is seen; with `whole` the page from top to bottom."""
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser."""
        try:
            self.session = None
            self.ask("Browser.close")
        except (OSError, RuntimeError, TimeoutError):
            self.process.kill()
        self.process.wait(timeout=20)
        os.close(self.writing)
        os.close(self.reading)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _WAIT
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reading], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer.")
            more = os.read(self.reading, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended.")
            self.buffer += more
        whole, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(whole)

    def _note(self, event: dict[str, Any]) -> None:
        self.events.append(event.get("method", ""))
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
