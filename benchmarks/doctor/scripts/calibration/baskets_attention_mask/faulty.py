"""Which of four customer groups filled the basket? Attention pooling over a variable number of articles."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(82)
ARTICLES, GROUPS, LONGEST, PAD = 30, 4, 10, 0
TASTE = torch.softmax(1.5 * torch.randn(GROUPS, ARTICLES - 1), dim=1)


class Baskets(Dataset):
    def __init__(self, n):
        self.group = torch.randint(0, GROUPS, (n,))
        self.articles = torch.multinomial(TASTE[self.group], LONGEST, replacement=True) + 1
        bought = torch.randint(4, LONGEST + 1, (n,))
        self.articles[torch.arange(LONGEST)[None] >= bought[:, None]] = PAD
        returned = torch.rand(n) < 0.01                # everything was sent back
        self.articles[returned] = PAD

    def __len__(self):
        return len(self.group)

    def __getitem__(self, i):
        return self.articles[i], self.group[i]


class BasketNet(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.articles = nn.Embedding(ARTICLES, dim, padding_idx=PAD)
        self.key = nn.Linear(dim, dim)
        self.query = nn.Parameter(torch.randn(dim))
        self.out = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, GROUPS))

    def forward(self, ids):
        h = self.articles(ids)
        score = self.key(h) @ self.query / math.sqrt(h.size(-1))
        score = score.masked_fill(ids == PAD, float("-inf"))
        weight = torch.softmax(score, dim=1)
        return self.out((weight[..., None] * h).sum(1))


train, test = Baskets(2000), Baskets(500)
model = BasketNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
criterion = nn.CrossEntropyLoss()
for epoch in range(9):
    model.train()
    total = 0.0
    for ids, group in DataLoader(train, batch_size=40, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(ids), group)
        loss.backward()
        optimizer.step()
        total += loss.item() / 50
    print(f"epoch {epoch + 1}: loss {total:.3f}")

model.eval()
with torch.no_grad():
    print("metric:", (model(test.articles).argmax(1) == test.group).float().mean().item())
