"""Same digit or not?  A siamese network with a learned comparison of the two codes."""

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(47)
data = load_digits()
x = torch.tensor(data.data / 8.0 - 1.0, dtype=torch.float32)
y = torch.tensor(data.target)
order = torch.randperm(len(y))


class Pairs(Dataset):
    """Every second pair shows the same digit twice."""

    def __init__(self, rows, n):
        a = rows[torch.randint(len(rows), (n,))]
        b = rows[torch.randint(len(rows), (n,))]
        for i in range(0, n, 2):
            alike = rows[y[rows] == y[a[i]]]
            b[i] = alike[torch.randint(len(alike), (1,))]
        self.a, self.b = a, b

    def __len__(self):
        return len(self.a)

    def __getitem__(self, i):
        return x[self.a[i]], x[self.b[i]], (y[self.a[i]] == y[self.b[i]]).float()


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.code = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 32))
        self.compare = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, a, b):
        return self.compare((self.code(a) - self.code(b)).abs()).squeeze(1)


train_loader = DataLoader(Pairs(order[:1400], 4000), batch_size=80, shuffle=True)
test_loader = DataLoader(Pairs(order[1400:], 800), batch_size=400)
model = Siamese()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(7):
    model.train()
    losses = []
    for a, b, same in train_loader:
        loss = criterion(model(a, b), same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"epoch {epoch + 1}: {sum(losses) / len(losses):.4f}")
model.eval()
right = 0.0
with torch.no_grad():
    for a, b, same in test_loader:
        right += ((model(a, b) > 0).float() == same).sum().item()
print(f"metric: {right / 800:.4f}")
