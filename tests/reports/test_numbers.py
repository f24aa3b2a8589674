import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.reports.numbers import duration, number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.98613, "0.986"), (1.0, "1.000"), (-0.25, "−0.250"), (123.456, "123.5"), (1.5e9, "1.50e9"), (None, "–"),
     (float("nan"), "–"), (0.0042, "0.0042"), (3e-9, "3.00e−9")],
)  # fmt: skip
def test_number(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_has_a_short_text(value):
    assert 1 <= len(number(value)) <= 12


def test_percent_and_duration():
    assert [percent(v) for v in (0.999, 0.05, 0.0123)] == ["100 %", "5 %", "1.2 %"]
    assert [duration(v) for v in (0.01, 59.6, 3600)] == ["< 0.1 s", "1 min", "1 h 0 min"]
