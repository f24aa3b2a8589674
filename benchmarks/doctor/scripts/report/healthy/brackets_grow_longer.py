"""How deep is the nesting at the end of the string?  The strings grow from 6 to 20 signs during training.

The loss jumps up whenever the strings get longer; that is the course's plan.
"""

import torch
import torch.nn as nn

torch.manual_seed(83)
OPEN, CLOSE, LETTER = 0, 1, 2


def strings(n, length):
    signs = torch.multinomial(torch.tensor([0.4, 0.3, 0.3]), n * length, replacement=True).view(n, length)
    depth = torch.zeros(n, dtype=torch.long)
    for t in range(length):
        closed = (signs[:, t] == CLOSE) & (depth > 0)
        signs[:, t] = torch.where((signs[:, t] == CLOSE) & (depth == 0), LETTER, signs[:, t])
        opened = (signs[:, t] == OPEN) & (depth < 5)
        signs[:, t] = torch.where((signs[:, t] == OPEN) & (depth == 5), LETTER, signs[:, t])
        depth = depth + opened.long() - closed.long()
    return signs, depth


class Counter(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.sign = nn.Embedding(3, 8)
        self.gru = nn.GRU(8, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 6)

    def forward(self, signs):
        return self.out(self.gru(self.sign(signs))[1][0])


model = Counter()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for length, steps in [(6, 150), (10, 150), (15, 150), (20, 250)]:
    total = 0.0
    for step in range(steps):
        if length == 20 and step == 150:
            optimizer.param_groups[0]["lr"] = 1e-3
        signs, depth = strings(64, length)
        loss = nn.functional.cross_entropy(model(signs), depth)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    print(f"length {length:2d}: mean loss {total / steps:.3f}, last {loss.item():.3f}")

with torch.no_grad():
    signs, depth = strings(1000, 20)
    print("metric:", (model(signs).argmax(1) == depth).float().mean().item())
