import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    n_features: int = 1
    window: int = 21
    d_model: int = 32
    n_heads: int = 4
    epochs: int = 10
    batch_size: int = 32
    lr: float = 2e-3
    seed: int = 21


cfg = Config()
torch.manual_seed(cfg.seed)
rng = np.random.default_rng(cfg.seed)

days = np.arange(1250)
weekly = np.array([0.2, -0.6, -0.4, 0.0, 0.5, 1.4, -1.1])[days % 7]
slow = np.zeros(len(days))
for t in range(1, len(days)):
    slow[t] = 0.95 * slow[t - 1] + 0.25 * rng.standard_normal()
sales = 140 + 30 * weekly + 25 * slow + 6 * rng.standard_normal(len(days))


class Windows(Dataset):
    def __init__(self, values, window):
        self.values = torch.tensor(values, dtype=torch.float32)
        self.window = window

    def __len__(self):
        return len(self.values) - self.window

    def __getitem__(self, i):
        return self.values[i : i + self.window].unsqueeze(-1), self.values[i + self.window]


class SalesTransformer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.project = nn.Linear(cfg.n_features, cfg.d_model)
        self.input_norm = nn.LayerNorm(cfg.d_model)
        self.position = nn.Parameter(0.1 * torch.randn(cfg.window, cfg.d_model))
        layer = nn.TransformerEncoderLayer(cfg.d_model, cfg.n_heads, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.out = nn.Linear(cfg.d_model * cfg.window, 1)

    def forward(self, x):
        x = self.input_norm(self.project(x)) + self.position
        return self.out(self.encoder(x).flatten(1)).squeeze(-1)


split = 1000
mean, std = sales[:split].mean(), sales[:split].std()
scaled = (sales - mean) / std
train_loader = DataLoader(Windows(scaled[:split], cfg.window), cfg.batch_size, shuffle=True)
test_set = Windows(scaled[split - cfg.window :], cfg.window)
x_test, y_test = (torch.stack(part) for part in zip(*(test_set[i] for i in range(len(test_set))), strict=True))

model = SalesTransformer(cfg)
optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, cfg.lr, total_steps=cfg.epochs * len(train_loader))
for epoch in range(cfg.epochs):
    model.train()
    total = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(yb)
    model.eval()
    with torch.no_grad():
        test_mse = nn.functional.mse_loss(model(x_test), y_test).item()
    rmse = math.sqrt(test_mse) * std
    print(f"epoch {epoch + 1:2d}  train {total / len(train_loader.dataset):.4f}  test RMSE {rmse:.1f} loaves")
print(f"metric: {1 - test_mse / y_test.var(unbiased=False).item():.4f}")
