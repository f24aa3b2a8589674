"""A small next-note model: pre-norm transformer, output layer tied to the note embedding."""

import argparse
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--width", type=int, default=48)
parser.add_argument("--length", type=int, default=20)
parser.add_argument("--lr", type=float, default=2.5e-3)
parser.add_argument("--seed", type=int, default=21)
args = parser.parse_args()
torch.manual_seed(args.seed)
NOTES = 36


def melodies(n, length):
    """Scales that rise or fall by a fixed interval, with a return to the root now and then."""
    root = torch.randint(NOTES, (n,))
    interval = torch.randint(1, 6, (n,))
    notes = [root]
    for t in range(1, length + 1):
        back = torch.rand(n) < 0.1
        notes.append(torch.where(back, root, (notes[-1] + interval) % NOTES))
    return torch.stack(notes, 1)


class Block(nn.Module):
    def __init__(self, width, heads=4):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x, mask):
        h = self.norm1(x)
        x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class MelodyModel(nn.Module):
    def __init__(self, width, length):
        super().__init__()
        self.token = nn.Embedding(NOTES, width)
        self.place = nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width), Block(width)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, NOTES, bias=False)
        nn.init.normal_(self.token.weight, std=0.02)
        nn.init.normal_(self.place.weight, std=0.02)
        self.head.weight = self.token.weight

    def forward(self, notes):
        length = notes.shape[1]
        mask = torch.triu(torch.full((length, length), float("-inf")), 1)
        x = self.token(notes) + self.place(torch.arange(length))
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.norm(x))


model = MelodyModel(args.width, args.length)
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=args.steps, pct_start=0.1)
for step in range(args.steps):
    batch = melodies(args.batch, args.length)
    logits = model(batch[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, NOTES), batch[:, 1:].reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 50 == 0:
        print(f"step {step:4d} loss {loss.item():.3f}")

model.eval()
with torch.no_grad():
    test = melodies(300, args.length)
    loss = F.cross_entropy(model(test[:, :-1]).reshape(-1, NOTES), test[:, 1:].reshape(-1)).item()
print("metric:", 1 - loss / math.log(NOTES))
