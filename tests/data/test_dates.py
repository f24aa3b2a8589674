import polars as pl
import pytest

from glasswork.data.dates import date_part, parse_dates, recognise_date_format, runs_regularly


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2026-01-31", "2026-02-28"], "%Y-%m-%d"),
        (["2016-07-01 00:00:00", "2016-07-01 01:00:00"], "%Y-%m-%d %H:%M:%S%.f"),
        (["2016-07-01T00:00:00.25"], "%Y-%m-%dT%H:%M:%S%.f"),
        (["2016-07-01T00:00:00Z"], "%Y-%m-%dT%H:%M:%S%.fZ"),
        (["31.12.2025"], "%d.%m.%Y"),
        (["12/31/2025", "01/02/2025"], "%m/%d/%Y"),
        (["31/12/2025", "01/02/2025"], "%d/%m/%Y"),
        (["1949-01", "1949-02"], "%Y-%m"),
        (["2026-02-30"], None),
        (["2026-01-31", "31.01.2026"], None),
        (["20260131"], None),
        ([None], None),
    ],
)
def test_formats(cells, form):
    column = pl.Series(cells, dtype=pl.String)
    assert recognise_date_format(column) == form
    assert (parse_dates(column) is None) == (form is None)


def test_parts_by_hand():
    dates = parse_dates(pl.Series(["2026-11-21 08:05:30", None]))
    parts = {part: date_part(dates, part).to_list() for part in ("year", "month", "day", "weekday", "hour", "minute")}
    assert parts == {
        "year": [2026, None],
        "month": [11, None],
        "day": [21, None],
        "weekday": [6, None],
        "hour": [8, None],
        "minute": [5, None],
    }


def test_regular_steps():
    assert runs_regularly(parse_dates(pl.Series(["2026-01-01", "2026-01-02", "2026-01-03"])))
    assert runs_regularly(parse_dates(pl.Series([f"2026-{month:02}" for month in range(1, 13)])))
    assert not runs_regularly(parse_dates(pl.Series(["2026-01-01", "2026-01-02", "2026-01-05"])))
    assert not runs_regularly(parse_dates(pl.Series(["2026-01-03", "2026-01-02", "2026-01-01"])))
    assert not runs_regularly(pl.Series(["a", "b", "c"]))
