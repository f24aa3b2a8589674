"""Classify bird calls given as pitch contours of unequal length (packed GRU)."""
import math
import random

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

random.seed(9)
torch.manual_seed(9)
SPECIES = ["rising", "falling", "trill", "arch"]


def call(species):
    length = random.randint(7, 17)
    t = torch.linspace(0, 1, length)
    start, span = random.uniform(-0.5, 0.5), random.uniform(0.6, 1.4)
    if species == 0:
        pitch = start + span * (t - 0.5)
    elif species == 1:
        pitch = start - span * (t - 0.5)
    elif species == 2:
        pitch = start + 0.5 * span * torch.sin(2 * math.pi * (0.28 * torch.arange(length) + random.random()))
    else:
        pitch = start + span * (torch.sin(math.pi * t) - 0.6)
    pitch = pitch + 0.18 * torch.randn(length)
    loudness = 0.8 * torch.sin(math.pi * t) + 0.2 * torch.randn(length)
    return torch.stack([pitch, loudness], dim=1), species


def collate(samples):
    samples = sorted(samples, key=lambda s: len(s[0]), reverse=True)   # packing wants the longest first
    calls = [s[0] for s in samples]
    species = torch.tensor([s[1] for s in samples])
    lengths = torch.tensor([len(c) for c in calls])
    return pad_sequence(calls, batch_first=True), lengths, species


class CallNet(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(2, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(SPECIES))

    def forward(self, padded, lengths):
        packed = pack_padded_sequence(padded, lengths, batch_first=True)
        _, last = self.gru(packed)
        return self.out(last[-1])


data = [call(random.randrange(4)) for _ in range(1250)]
train, test = data[:1000], data[1000:]
model = CallNet()
optimizer = torch.optim.Adam(model.parameters(), lr=8e-3)
for epoch in range(10):
    model.train()
    losses = []
    for padded, lengths, species in DataLoader(train, batch_size=40, shuffle=True, collate_fn=collate):
        loss = nn.functional.cross_entropy(model(padded, lengths), species)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        losses.append(loss.item())
    print(f"epoch {epoch + 1}  loss {sum(losses) / len(losses):.3f}")

model.eval()
with torch.no_grad():
    right = [model(c[None], torch.tensor([len(c)])).argmax().item() == s for c, s in test]
print("metric:", sum(right) / len(right))
