"""Adapters: a network taught digits 0-4 is kept frozen, small bottlenecks and a new head learn 5-9."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(51)


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 64)
        self.fc2 = nn.Linear(64, 64)
        self.adapters = None

    def add_adapters(self, rank=8):
        self.requires_grad_(False)
        self.adapters = nn.ModuleList()
        for _ in range(2):
            up = nn.Linear(rank, 64)
            nn.init.zeros_(up.weight)  # starts as the identity
            nn.init.zeros_(up.bias)
            self.adapters.append(nn.Sequential(nn.Linear(64, rank), nn.GELU(), up))

    def forward(self, x):
        for i, layer in enumerate([self.fc1, self.fc2]):
            x = F.gelu(layer(x))
            if self.adapters is not None:
                x = x + self.adapters[i](x)
        return x


def fit(model, x, y, epochs, lr):
    trainable = [p for p in model.parameters() if p.requires_grad]
    print("trainable numbers:", sum(p.numel() for p in trainable))
    optimizer = torch.optim.AdamW(trainable, lr=lr, weight_decay=1e-3)
    for epoch in range(epochs):
        model.train()
        for idx in torch.randperm(len(x)).split(32):
            loss = F.cross_entropy(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 5 == 4:
            print(f"  epoch {epoch + 1}: {loss.item():.4f}")


data = load_digits()
x = torch.tensor(data.data / 8 - 1, dtype=torch.float32)
y = torch.tensor(data.target)
order = torch.randperm(len(y))
x, y = x[order], y[order]
early, late = y < 5, y >= 5

body = Body()
fit(nn.Sequential(body, nn.Linear(64, 5)), x[early], y[early], epochs=10, lr=2e-3)
body.add_adapters()
model = nn.Sequential(body, nn.Linear(64, 5))
x_late, y_late = x[late], y[late] - 5
fit(model, x_late[:600], y_late[:600], epochs=20, lr=3e-3)
model.eval()
with torch.no_grad():
    print("metric:", (model(x_late[600:]).argmax(1) == y_late[600:]).float().mean().item())
