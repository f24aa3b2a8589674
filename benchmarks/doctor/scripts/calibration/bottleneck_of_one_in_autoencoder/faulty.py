import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(306)
X = torch.tensor(load_digits().data, dtype=torch.float32)
X = (X - X[:1400].mean()) / X[:1400].std()


class AutoEncoder(nn.Module):
    def __init__(self, code_size=1):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, code_size))
        self.dec = nn.Sequential(nn.Linear(code_size, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, x):
        return self.dec(self.enc(x))


model = AutoEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(20):
    model.train()
    for b in torch.randperm(1400).split(70):
        loss = F.mse_loss(model(X[b]), X[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = F.mse_loss(model(X[1400:]), X[1400:]).item()
    print(f"epoch {epoch} train {loss.item():.4f} val {val:.4f}")
print("metric:", 1 - val / ((X[1400:] - X[:1400].mean(0)) ** 2).mean().item())
