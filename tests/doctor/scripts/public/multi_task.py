"""One body and two heads: kind of wine and its alcohol, with learned weights of the two losses."""

import torch
from fingerprint import fingerprint
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
wine = load_wine()
X = torch.tensor(wine.data[:, 1:], dtype=torch.float32)
alcohol = torch.tensor(wine.data[:, :1], dtype=torch.float32)
kind = torch.tensor(wine.target)
order = torch.randperm(len(X))
train_rows, val_rows = order[:134], order[134:]
X = (X - X[train_rows].mean(0)) / X[train_rows].std(0)
alcohol = (alcohol - alcohol[train_rows].mean()) / alcohol[train_rows].std()


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 32), nn.GELU())
        self.classify, self.regress = nn.Linear(32, 3), nn.Linear(32, 1)
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = self.body(x)
        return {"kind": self.classify(h), "alcohol": self.regress(h)}


def total_loss(model, out, kind, alcohol):
    losses = torch.stack(
        [nn.functional.cross_entropy(out["kind"], kind), nn.functional.mse_loss(out["alcohol"], alcohol)]
    )
    return (torch.exp(-model.log_vars) * losses + 0.5 * model.log_vars).sum()


loader = DataLoader(TensorDataset(X[train_rows], kind[train_rows], alcohol[train_rows]), 16, shuffle=True)
model = MultiTask()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
for epoch in range(20):
    model.train()
    for x, k, a in loader:
        loss = total_loss(model, model(x), k, a)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(X[val_rows])
        right = (out["kind"].argmax(1) == kind[val_rows]).float().mean().item()
        error = (out["alcohol"] - alcohol[val_rows]).abs().mean().item()
    if epoch % 5 == 4:
        print(f"epoch {epoch}: accuracy {right:.3f}, error {error:.3f}")
fingerprint(model)
