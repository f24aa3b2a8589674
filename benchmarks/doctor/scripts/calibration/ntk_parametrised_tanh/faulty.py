# Trying out the "NTK parametrisation": unit-variance weights, the 1/sqrt(fan_in) lives in the forward pass.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(5)


class NTKLinear(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(fan_out, fan_in))
        self.bias = nn.Parameter(torch.zeros(fan_out))
        self.scale = 1.0 / math.sqrt(fan_in)

    def forward(self, x):
        return F.linear(x, self.weight) + self.scale * self.bias


class TanhNet(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes, depth=7):
        super().__init__()
        sizes = [d_in] + [d_hidden] * depth
        self.hidden = nn.ModuleList(NTKLinear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.readout = nn.Linear(d_hidden, n_classes)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        return self.readout(x)


X, y = load_digits(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, random_state=3, stratify=y)
mu, sd = X_tr.mean(), X_tr.std()
X_tr = torch.tensor((X_tr - mu) / sd, dtype=torch.float32)
X_te = torch.tensor((X_te - mu) / sd, dtype=torch.float32)
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)

net = TanhNet(64, 96, 10)
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

N = len(X_tr)
for epoch in range(12):
    net.train()
    order = torch.randperm(N)
    running = 0.0
    for start in range(0, N, 64):
        idx = order[start:start + 64]
        loss = F.cross_entropy(net(X_tr[idx]), y_tr[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    print(f"epoch {epoch:2d}  loss {running / N:.4f}")

net.eval()
with torch.no_grad():
    accuracy = (net(X_te).argmax(1) == y_te).float().mean().item()
print("metric:", accuracy)
