"""Compressive strength of concrete from its recipe, with a small residual network."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Mixtures(Dataset):
    def __init__(self, x, y):
        self.x = torch.as_tensor(x, dtype=torch.float32)
        self.y = torch.as_tensor(y, dtype=torch.float32)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return {"recipe": self.x[index], "strength": self.y[index]}


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, h):
        return h + self.down(torch.nn.functional.gelu(self.up(self.norm(h))))


class StrengthNet(nn.Module):
    def __init__(self, n_features, width=32, depth=3):
        super().__init__()
        self.stem = nn.Linear(n_features, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        h = self.stem(x)
        for block in self.blocks:
            out = block(h)
        return self.head(self.norm(out)).squeeze(-1)


def mixtures(n, rng):
    cement, slag = rng.uniform(150, 540, n), rng.uniform(0, 300, n)
    water, plast = rng.uniform(130, 230, n), rng.uniform(0, 25, n)
    sand, age = rng.uniform(600, 950, n), rng.choice([3, 7, 14, 28, 56, 90], n)
    strength = 25 * (cement + 0.5 * slag) / water * np.log1p(age) / 3.4 - 10 + 0.4 * plast - 0.01 * (sand - 775)
    return np.stack([cement, slag, water, plast, sand, np.log(age)], 1), strength + rng.normal(0, 3, n)


def main():
    rng = np.random.default_rng(90)
    torch.manual_seed(90)
    x, y = mixtures(1600, rng)
    mean_x, std_x = x[:1200].mean(0), x[:1200].std(0)
    mean_y, std_y = y[:1200].mean(), y[:1200].std()
    x, y = (x - mean_x) / std_x, (y - mean_y) / std_y
    train = DataLoader(Mixtures(x[:1200], y[:1200]), batch_size=40, shuffle=True)
    model = StrengthNet(6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=20 * len(train))
    for epoch in range(20):
        total = 0.0
        for batch in train:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(batch["recipe"]), batch["strength"])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            scheduler.step()
            total += loss.item()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: {total / len(train):.4f}")
    held = Mixtures(x[1200:], y[1200:])
    model.eval()
    with torch.no_grad():
        rest = (model(held.x) - held.y).square().mean() / held.y.var()
    print("metric:", 1 - rest.item())


main()
