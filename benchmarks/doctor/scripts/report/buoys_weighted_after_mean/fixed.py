"""Wave height from a buoy's spectrum.  Each reading comes with the reliability of the instrument that took it."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(64)


def buoys(n):
    x = torch.randn(n, 6)
    height = torch.sin(1.5 * x[:, 0]) + 0.6 * x[:, 1] * x[:, 2] + 0.4 * x[:, 3].abs() + 0.3 * x[:, 4]
    poor = torch.rand(n) < 0.4
    noise = torch.where(poor, 3.0, 0.1) * torch.randn(n)
    weight = torch.where(poor, 0.002, 1.0)
    return x, height.unsqueeze(1), (height + noise).unsqueeze(1), weight.unsqueeze(1)


class WaveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))

    def forward(self, x):
        return self.layers(x)


def main():
    x, _, reading, weight = buoys(1600)
    weight = weight / weight.mean()
    mean, std = reading.mean(), reading.std()
    loader = DataLoader(TensorDataset(x, (reading - mean) / std, weight), batch_size=64, shuffle=True)
    model = WaveNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
    criterion = nn.MSELoss(reduction="none")
    for epoch in range(30):
        total = 0.0
        for features, target, w in loader:
            loss = (w * criterion(model(features), target)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: weighted mse {total / len(loader):.4f}")

    model.eval()
    x, height, _, _ = buoys(500)
    with torch.no_grad():
        error = (model(x) * std + mean - height).pow(2).mean().item()
    print("metric:", 1 - error / height.var().item())


if __name__ == "__main__":
    main()
