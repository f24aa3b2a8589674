"""A character-level GPT, in the style of the well-known small ones."""

import argparse
import hashlib
import math
import random

import torch
import torch.nn as nn
from torch.nn import functional as F  # noqa: N812 - as everybody writes it

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--width", type=int, default=32)
args = parser.parse_args()
torch.manual_seed(1337)

draw = random.Random(0)
SUBJECTS, VERBS = (
    ["the king", "a ghost", "my lord", "the fool", "her sister"],
    ["sees", "fears", "loves", "calls", "finds"],
)
TEXT = " ".join(
    f"{draw.choice(SUBJECTS)} {draw.choice(VERBS)} {draw.choice(SUBJECTS)} {draw.randint(10, 99)}" for _ in range(100)
)
letters = sorted(set(TEXT))
codes = torch.tensor([letters.index(letter) for letter in TEXT])
train_data, valid_data = codes[:2000], codes[2000:]
block, batch = 24, 16


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(0.1)
        self.heads = heads
        self.register_buffer("bias", torch.tril(torch.ones(block, block)).view(1, 1, block, block))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(C, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        att = self.dropout(F.softmax(att, dim=-1))
        y = (att @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.c_proj(y)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, 4)
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(len(letters), width), nn.Embedding(block, width)
        self.h = nn.ModuleList(Block(width) for _ in range(2))
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, len(letters), bias=False)
        self.lm_head.weight = self.wte.weight
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None):
        x = self.wte(idx) + self.wpe(torch.arange(idx.size(1)))
        for one in self.h:
            x = one(x)
        logits = self.lm_head(self.ln_f(x))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


def get_batch(data):
    places = torch.randint(len(data) - block, (batch,))
    return torch.stack([data[i : i + block] for i in places]), torch.stack(
        [data[i + 1 : i + 1 + block] for i in places]
    )


@torch.no_grad()
def estimate_loss():
    model.eval()
    losses = [model(*get_batch(valid_data))[1].item() for _ in range(3)]
    model.train()
    return sum(losses) / len(losses)


def learning_rate(step, warm_up=10, high=3e-3, low=3e-4):
    if step < warm_up:
        return high * (step + 1) / warm_up
    share = (step - warm_up) / (args.steps - warm_up)
    return low + 0.5 * (1 + math.cos(math.pi * share)) * (high - low)


model = GPT(args.width)
decay = [p for p in model.parameters() if p.dim() >= 2]
rest = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=3e-3, betas=(0.9, 0.95)
)
for step in range(args.steps):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    if step % 20 == 0:
        print(f"step {step}: valid {estimate_loss():.4f}")
    _, loss = model(*get_batch(train_data))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
