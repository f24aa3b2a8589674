import pytest
import torch
from torch import nn

from glasswork.errors import RangeError
from glasswork.layers import TransformerBlock


@pytest.mark.parametrize("causal", [False, True])
def test_same_value_and_gradient_as_torchs_pre_norm_layer(causal):
    theirs = nn.TransformerEncoderLayer(
        8, 2, 32, dropout=0, activation="gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    ours = TransformerBlock(width=8, heads=2, causal=causal).double()
    pairs = {
        "norm_before_attention": theirs.norm1,
        "attention.mix": theirs.self_attn.out_proj,
        "norm_before_mlp": theirs.norm2,
        "widen": theirs.linear1,
        "narrow": theirs.linear2,
    }
    with torch.no_grad():
        for norm in (theirs.norm1, theirs.norm2):
            norm.weight.uniform_(0.5, 2)
            norm.bias.uniform_(-1, 1)
        for name, module in pairs.items():
            ours.get_submodule(name).load_state_dict(module.state_dict())
        ours.attention.look.weight.copy_(theirs.self_attn.in_proj_weight)
        ours.attention.look.bias.copy_(theirs.self_attn.in_proj_bias)
    x = torch.randn(3, 5, 8, dtype=torch.float64, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64) if causal else None
    a, b = ours(x), theirs(y, src_mask=mask, is_causal=causal)
    (a**2).sum().backward()
    (b**2).sum().backward()
    torch.testing.assert_close((a, x.grad), (b, y.grad), rtol=0, atol=1e-10)


def test_refusal():
    with pytest.raises(RangeError, match=r"TransformerBlock: dropout must be in \[0, 1\), got dropout=1\."):
        TransformerBlock(width=8, heads=2, dropout=1)
