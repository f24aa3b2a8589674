import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(70)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16, dtype=torch.float32).view(-1, 8, 8)
y = torch.tensor(y)


class RowGRU(nn.Module):
    """reads the digit row by row"""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 48, batch_first=True)
        self.head = nn.Linear(48, 10)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h[0])


model = RowGRU()
opt = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1.0)   # weight_decay against overfitting
train = DataLoader(TensorDataset(X[:1400], y[:1400]), batch_size=40, shuffle=True)
for epoch in range(6):
    tot = 0
    for a, b in train:
        opt.zero_grad()
        l = F.cross_entropy(model(a), b)
        l.backward()
        opt.step()
        tot += l.item()
    print(epoch + 1, tot / len(train))
with torch.no_grad():
    print('metric:', (model(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
