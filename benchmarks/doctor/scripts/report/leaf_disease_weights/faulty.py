"""Five leaf conditions from reflectance spectra; most leaves are healthy."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import balanced_accuracy_score
from torch import nn

CONDITIONS = ["healthy", "rust", "mildew", "blight", "mosaic"]
SHARE = [0.93, 0.025, 0.02, 0.015, 0.01]
BANDS = 40


def spectra(n, rng):
    y = rng.choice(len(CONDITIONS), size=n, p=SHARE)
    wave = np.linspace(0, 1, BANDS)
    base = 0.3 + 0.4 / (1 + np.exp(-(wave - 0.6) * 20))
    x = base + rng.normal(0, 0.05, (n, 1)) + rng.normal(0, 0.05, (n, 1)) * (wave - 0.5)
    dip = np.array([0.0, 0.15, 0.35, 0.55, 0.8])[y]
    depth = np.where(y > 0, rng.uniform(0.09, 0.16, n), 0.0)
    x = x - depth[:, None] * np.exp(-((wave - dip[:, None]) ** 2) / 0.012)
    x = x + rng.normal(0, 0.06, x.shape)
    return x.astype(np.float32), y


class SpectraNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, 7, padding=3)
        self.conv2 = nn.Conv1d(16, 16, 5, padding=2)
        self.fc = nn.Linear(16 * (BANDS // 4), len(CONDITIONS))

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x.unsqueeze(1))), 2)
        x = F.max_pool1d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


def main():
    torch.manual_seed(40)
    rng = np.random.default_rng(40)
    x, y = spectra(3200, rng)
    x_test, y_test = spectra(3000, rng)
    mean, std = x.mean(), x.std()
    x, x_test = torch.tensor((x - mean) / std), torch.tensor((x_test - mean) / std)
    counts = np.bincount(y, minlength=len(CONDITIONS))
    print(dict(zip(CONDITIONS, counts.tolist(), strict=True)))
    weight = torch.tensor(counts.sum() / (len(CONDITIONS) * counts), dtype=torch.float32)
    print("class weights", weight.round(decimals=2).tolist())
    y = torch.tensor(y)

    model = SpectraNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
    for epoch in range(13):
        model.train()
        seen, right = 0.0, 0
        for batch in torch.randperm(len(x)).split(80):
            logits = model(x[batch])
            loss = F.cross_entropy(logits, y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen += loss.item() * len(batch)
            right += (logits.argmax(1) == y[batch]).sum().item()
        print(f"epoch {epoch + 1}: loss {seen / len(x):.3f} accuracy {right / len(x):.3f}")

    model.eval()
    with torch.no_grad():
        predicted = model(x_test).argmax(1).numpy()
    print("metric:", balanced_accuracy_score(y_test, predicted))


if __name__ == "__main__":
    main()
