"""The environment: facts, no names."""

import getpass
import json
import platform

from glasswork.runs import environment


def test_facts_are_plain_and_name_neither_user_nor_host():
    facts = environment.describe_environment(threads=2)
    text = json.dumps(facts)
    assert facts["choices"] == {"threads": 2}
    assert facts["packages"]["torch"] != "not installed"
    assert platform.node() not in text
    assert f"/{getpass.getuser()}" not in text


def test_without_proc_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(environment.Path, "read_text", lambda *_: (_ for _ in ()).throw(OSError()))
    assert environment.native_bf16() is False


def test_half_precision_in_hardware_is_read_from_the_flags(monkeypatch):
    monkeypatch.setattr(environment, "_cpu_info", lambda: {"flags": "sse2 avx512_bf16"})
    assert environment.native_bf16() is True
    monkeypatch.setattr(environment, "_cpu_info", lambda: {"flags": "sse2 avx512_bf16x"})
    assert environment.native_bf16() is False
