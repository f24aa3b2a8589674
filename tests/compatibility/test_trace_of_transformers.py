"""The trace of models that are not ours: Hugging Face's BERT and GPT-2, tiny and random.

Skipped, loudly, where the package is not installed; `make compatibility` runs it in an environment of its own.
"""

import pytest
import torch

from glasswork import trace

transformers = pytest.importorskip(
    "transformers", reason="transformers is not installed: `make compatibility` runs these in their own environment"
)


def _bert():
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    settings = transformers.BertConfig(vocab_size=30, max_position_embeddings=12, num_labels=3, **sizes)
    return transformers.BertForSequenceClassification(settings)


def _gpt2():
    settings = transformers.GPT2Config(vocab_size=30, n_positions=12, n_embd=16, n_layer=2, n_head=2)
    return transformers.GPT2LMHeadModel(settings)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("make", [_bert, _gpt2])
def test_the_swept_gradients_are_autograd_s_bit_for_bit(make, training, dtype):
    torch.manual_seed(0)
    model = make().train(training)
    tokens = torch.randint(0, 30, (2, 7))
    labels = torch.tensor([0, 2]) if make is _bert else tokens
    before = {name: value.clone() for name, value in model.state_dict().items()}
    step = trace(model, None, {"input_ids": tokens, "labels": labels}, dtype=dtype)
    assert step.failure is None
    assert step.check(samples=5).ok
    for name, parameter in model.named_parameters():
        assert parameter.grad is None
        reference = step.tape.reference[step.leaf(name)]
        swept = step.gradient(name)
        assert (reference is None) == (swept is None), name
        assert reference is None or torch.equal(reference, swept), name
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("make", [_bert, _gpt2])
def test_a_parameter_can_be_read(make):
    torch.manual_seed(0)
    model = make()
    tokens = torch.randint(0, 30, (1, 5))
    labels = torch.tensor([1]) if make is _bert else tokens
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = trace(model, None, {"input_ids": tokens, "labels": labels}, optimizer=optimizer)
    name = next(name for name, _ in model.named_parameters() if name.endswith("bias"))
    assert name in step.text(name)
