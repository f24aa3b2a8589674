import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(207)
# decoder-only transformer, learns a repeating pattern of random period
V, T, D = 10, 16, 32


def get_batch(n):
    base = torch.randint(0, V, (n, 4))
    s = base.repeat(1, 5)[:, :T + 1]
    return s[:, :-1], s[:, 1:]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(D, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))
        self.ln1, self.ln2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.register_buffer("mask", torch.triu(torch.ones(T, T, dtype=torch.bool), 1))

    def forward(self, x):
        h = self.ln1(x)
        x = x + self.attn(h, h, h, attn_mask=self.mask, need_weights=False)[0]
        return x + self.mlp(self.ln2(x))


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok, self.pos = nn.Embedding(V, D), nn.Embedding(T, D)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.tok.weight          # tied
        self.apply(lambda m: nn.init.normal_(m.weight, std=0.05) if isinstance(m, (nn.Linear, nn.Embedding)) else None)

    def forward(self, s):
        x = self.tok(s) + self.pos.weight
        for b in self.blocks:
            x = b(x)
        return self.head(x)


lm = LM()
opt = torch.optim.AdamW(lm.parameters(), lr=3e-3, betas=(0.9, 0.95))
for it in range(300):
    x, y = get_batch(8)
    loss = F.cross_entropy(lm(x).view(-1, V), y.reshape(-1))
    opt.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(lm.parameters(), 1.0)
    opt.step()
    if it % 50 == 0:
        print(f"iter {it}: loss {loss.item():.4f}")
x, y = get_batch(100)
with torch.no_grad():
    print("metric:", (lm(x)[:, 8:].argmax(-1) == y[:, 8:]).float().mean().item())
