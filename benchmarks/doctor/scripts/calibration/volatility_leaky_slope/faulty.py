"""Four volatility regimes of daily returns (GARCH-like), told apart by a small convolution over 48 days."""

import torch
import torch.nn as nn

torch.manual_seed(37)
DAYS, REGIMES = 48, 4


def returns(n):
    regime = torch.randint(REGIMES, (n,))
    base = 0.5 * 1.7 ** regime.float()
    shock, out = torch.ones(n), []
    for _ in range(DAYS):
        r = base * shock.sqrt() * torch.randn(n)
        shock = 0.8 + 0.2 * (r / base).square().clamp(max=9)
        out.append(r)
    return torch.stack(out, 1).unsqueeze(1), regime


class RegimeNet(nn.Module):
    def __init__(self, channels=16, slope=0.1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, channels, 5, padding=2),
            nn.LeakyReLU(slope),
            nn.Conv1d(channels, channels, 5, padding=2, stride=2),
            nn.LeakyReLU(slope),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(channels, 32), nn.LeakyReLU(slope), nn.Linear(32, REGIMES))

    def forward(self, x):
        return self.head(self.body(x))


x, y = returns(3000)
x_val, y_val = returns(600)
scale = x.std()
x, x_val = x / scale, x_val / scale

model = RegimeNet(channels=16, slope=1.0)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
epochs = 14
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=epochs - 1)
for epoch in range(epochs):
    model.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(75):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        logits = model(x_val)
        held = nn.functional.cross_entropy(logits, y_val).item()
        acc = (logits.argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch + 1:2d}: train {total / len(x):.3f} val {held:.3f} acc {acc:.3f}")

print("metric:", acc)
