"""Session recommender (GRU4Rec): next item out of 60, the head is the item table itself (tied weights)."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(81)
ITEMS, LENGTH = 60, 10
follow = torch.stack([torch.randperm(ITEMS) for _ in range(3)], 1)
share = torch.tensor([0.6, 0.25, 0.1])


def sessions(n):
    items = [torch.randint(ITEMS, (n,))]
    for _ in range(LENGTH):
        pick = torch.multinomial(torch.cat([share, 1 - share.sum(0, keepdim=True)]), n, replacement=True)
        nxt = follow[items[-1], pick.clamp(max=2)]
        items.append(torch.where(pick == 3, torch.randint(ITEMS, (n,)), nxt))
    return torch.stack(items, 1)


class SessionGRU(nn.Module):
    def __init__(self, dim=40):
        super().__init__()
        self.items = nn.Embedding(ITEMS, dim)
        nn.init.normal_(self.items.weight, std=dim**-0.5)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, dim)
        self.bias = nn.Parameter(torch.zeros(ITEMS))

    def forward(self, x):
        h, _ = self.gru(self.items(x))
        return self.out(h) @ self.items.weight.T + self.bias


train, test = sessions(1600), sessions(400)
model = SessionGRU()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
EPOCHS, BATCH = 9, 50
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.2e-2, total_steps=EPOCHS * len(train) // BATCH)
for epoch in range(EPOCHS):
    total = 0.0
    for rows in torch.randperm(len(train)).split(BATCH):
        x = train[rows]
        loss = F.cross_entropy(model(x[:, :-1]).transpose(1, 2), x[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(rows)
    with torch.no_grad():
        held = F.cross_entropy(model(test[:, :-1]).transpose(1, 2), test[:, 1:]).item()
    print(f"epoch {epoch + 1}: train {total / len(train):.3f} held-out {held:.3f}")

with torch.no_grad():
    top3 = model(test[:, :-1]).topk(3, dim=-1).indices
print("metric:", (top3 == test[:, 1:, None]).any(-1).float().mean().item())
