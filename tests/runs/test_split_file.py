"""The split on disk: each example once, stretches as they are."""

import numpy as np

from glasswork.runs.split_file import split_frame


def test_rows_and_their_parts(prepared_of):
    prepared = prepared_of("table")
    frame = split_frame(prepared)
    assert frame.columns == ["file", "row", "part"]
    for name, part in prepared.parts.items():
        assert np.flatnonzero((frame["part"] == name).to_numpy()).tolist() == sorted(part.tolist())


def test_stretches_hold_exactly_the_positions_of_their_part(prepared_of):
    for kind in ("series", "corpus"):
        prepared = prepared_of(kind)
        frame = split_frame(prepared)
        assert frame.columns == ["part", "start", "stop"]
        for name, part in prepared.parts.items():
            steps = np.unique(np.diff(part))
            step = int(steps[0]) if len(steps) == 1 else 1
            found = [range(start, stop, step) for p, start, stop in frame.iter_rows() if p == name]
            assert [i for piece in found for i in piece] == part.tolist(), (kind, name)
