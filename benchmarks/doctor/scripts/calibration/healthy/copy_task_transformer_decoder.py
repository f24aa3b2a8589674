"""Decoder-only transformer on 'input | reversed input'; only the second half counts in the loss."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(120)
LETTERS, HALF = 16, 6
BAR = LETTERS
LENGTH = 2 * HALF


def lines(n):
    x = torch.randint(LETTERS, (n, HALF))
    return torch.cat([x, torch.full((n, 1), BAR), x.flip(1)], 1)


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(mixed.transpose(1, 2).reshape(n, t, d))
        return x + self.mlp(self.ln2(x))


class Decoder(nn.Module):
    def __init__(self, dim=32, heads=2, depth=1):
        super().__init__()
        self.tok = nn.Embedding(LETTERS + 1, dim)
        self.pos = nn.Embedding(LENGTH, dim)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.head = nn.Linear(dim, LETTERS + 1)

    def forward(self, x):
        return self.head(self.blocks(self.tok(x) + self.pos(torch.arange(x.shape[1]))))


model = Decoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.98), weight_decay=0.01)
STEPS = 240
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=STEPS, pct_start=0.2)
for step in range(1, STEPS + 1):
    text = lines(96)
    target = text[:, 1:].clone()
    target[:, :HALF] = -100
    loss = F.cross_entropy(model(text[:, :-1]).transpose(1, 2), target, ignore_index=-100)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 30 == 0:
        print(step, round(loss.item(), 4))

with torch.no_grad():
    text = lines(500)
    guess = model(text[:, :-1]).argmax(-1)
    print("metric:", (guess[:, HALF:] == text[:, HALF + 1 :]).float().mean().item())
