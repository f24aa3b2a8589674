"""Surrogate of a wave tank: from wave maker settings to the spectra's height and period at four probes (8 outputs)."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

SEED = 27


class Tank(Dataset):
    """Simulated runs; the simulator gives metres and seconds, the network sees scaled logarithms."""

    def __init__(self, runs=1500):
        rng = np.random.default_rng(SEED)
        amplitude, frequency = rng.uniform(0.02, 0.12, runs), rng.uniform(0.4, 1.4, runs)
        depth, slope = rng.uniform(0.4, 1.0, runs), rng.uniform(0.0, 0.08, runs)
        self.settings = np.stack([amplitude, frequency, depth, slope], axis=1)
        omega = 2 * np.pi * frequency
        number = omega**2 / 9.81 / np.sqrt(np.tanh(omega**2 * depth / 9.81))
        outputs = []
        for place in (1.0, 3.0, 6.0, 9.0):
            local = np.maximum(depth - slope * place, 0.08)
            shoaling = (depth / local) ** 0.25
            height = amplitude * shoaling * np.exp(-0.02 * number * place)
            height = 0.6 * local * np.tanh(height / (0.6 * local))
            period = (1 / frequency) * (1 + 0.03 * place * slope * 10)
            outputs += [height, period]
        clean = np.stack(outputs, axis=1)
        self.measured = clean * np.exp(0.03 * rng.standard_normal(clean.shape))

    def scale_with(self, rows):
        logs = np.log(self.measured)
        x_mean, x_std = self.settings[rows].mean(0), self.settings[rows].std(0)
        y_mean, y_std = logs[rows].mean(0), logs[rows].std(0)
        self.x = torch.tensor((self.settings - x_mean) / x_std, dtype=torch.float32)
        self.y = torch.tensor((logs - y_mean) / y_std, dtype=torch.float32)

    def __len__(self):
        return len(self.measured)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def main():
    torch.manual_seed(SEED)
    tank = Tank()
    rows = np.random.default_rng(0).permutation(len(tank))
    train_rows, test_rows = rows[:1200], rows[1200:]
    tank.scale_with(train_rows)
    train_loader = DataLoader(Subset(tank, train_rows.tolist()), batch_size=48, shuffle=True)

    model = nn.Sequential(nn.Linear(4, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 8))
    optimizer = torch.optim.NAdam(model.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    x_test, y_test = tank.x[test_rows], tank.y[test_rows]
    for epoch in range(20):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = (model(x) - y).square().sum(dim=1).mean()  # summed over the eight outputs
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            held_out = (model(x_test) - y_test).square().sum(dim=1).mean().item()
        scheduler.step(held_out)
        print(f"epoch {epoch + 1:2d}  {total / 1200:.4f}  {held_out:.4f}  lr {optimizer.param_groups[0]['lr']:.1e}")
    variance = y_test.var(dim=0, unbiased=False).sum().item()
    print(f"metric: {1 - held_out / variance:.4f}")


if __name__ == "__main__":
    main()
