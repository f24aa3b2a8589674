"""The course's worked examples about attention and places, computed by the parts themselves."""

import json

import pytest
import torch

from glasswork import course
from glasswork.layers import (
    SinusoidPositions,
    attention,
    attention_formula,
    attention_scores,
    attention_weights,
    sinusoid,
)
from suite import close

F64 = torch.float64


@pytest.mark.course("WE-28", "TRF-10")
def test_sinusoids():
    example = course.worked("WE-28")
    positions = example["inputs"]["positions"]
    waves = sinusoid(max(positions) + 1, example["inputs"]["d_model"], like=torch.zeros(0, dtype=F64))
    for place in positions:
        close(example, f"pos{place}", waves[place])
    printed = json.loads(example["note_value"]["pos1"])
    digits = (2, 2, 4, 4, 4, 4)
    wrong = [round(wave, to) != said for wave, to, said in zip(waves[1].tolist(), digits, printed, strict=True)]
    assert wrong == [False, False, True, True, True, False]


@pytest.mark.course("WE-29", "TRF-10")
def test_embeddings_with_their_places():
    example = course.worked("WE-29")
    words = torch.tensor([example["inputs"]["tariq"], example["inputs"]["singh"]], dtype=F64)
    assert example["inputs"]["positions"] == [0, 1]
    found = SinusoidPositions()(words[None])[0]
    close(example, "tariq", found[0])
    close(example, "singh", found[1])


@pytest.mark.course(
    "WE-42", "TRF-06", verdict="holds", seen="three tokens' scores, weights and mixtures, by the kernel"
)
def test_scaled_dot_product_attention():
    example = course.worked("WE-42")
    query, key, value = (torch.tensor(example["inputs"][name], dtype=F64) for name in "QKV")
    assert query.shape[-1] == example["inputs"]["d_k"]
    close(example, "scores", attention_scores(query, key))
    close(example, "weights", attention_weights(query, key))
    close(example, "output", attention(query, key, value))
    close(example, "output", attention_formula(query, key, value))
