import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(17)
rng = np.random.default_rng(17)
CLASSES = ["normal", "cavitation", "imbalance", "bearing"]


def record(kind):
    """Two seconds of current, the pump idles before it starts."""
    t = np.arange(200)
    y = np.full(200, 3.1)
    on = rng.integers(10, 60)
    s = t[on:]
    run = 3.1 + 0.15 * np.sin(2 * np.pi * s / 20 + rng.uniform(0, 6)) + rng.normal(0, 0.05, len(s))
    if kind == 1:
        run += rng.normal(0, 0.07, len(s))
    elif kind == 2:
        run += 0.2 * np.sin(2 * np.pi * s / 50 + rng.uniform(0, 6))
    elif kind == 3:
        run += 0.5 * (np.arange(len(s)) % 17 == 0)
    y[on:] = run
    return y.astype(np.float32)


def rolling(x, width=10):
    total = np.cumsum(np.concatenate([[0], x]), dtype=np.float32)
    total_square = np.cumsum(np.concatenate([[0], x**2]), dtype=np.float32)
    mean = (total[width:] - total[:-width]) / width
    square = (total_square[width:] - total_square[:-width]) / width
    spread = np.sqrt(square - mean**2)
    return np.stack([mean, spread])


labels = rng.integers(0, len(CLASSES), 1200)
features = np.stack([rolling(record(k)) for k in labels])
x_train, x_test, y_train, y_test = train_test_split(features, labels, test_size=300, random_state=0, stratify=labels)
center = x_train.mean(axis=(0, 2), keepdims=True)
scale = x_train.std(axis=(0, 2), keepdims=True)
x_train, x_test = (torch.from_numpy((x - center) / scale).float() for x in (x_train, x_test))
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

model = nn.Sequential(
    nn.Conv1d(2, 24, 7, padding=3),
    nn.BatchNorm1d(24),
    nn.ReLU(),
    nn.MaxPool1d(2),
    nn.Conv1d(24, 32, 7, padding=3),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.AdaptiveAvgPool1d(1),
    nn.Flatten(),
    nn.Linear(32, len(CLASSES)),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(15):
    model.train()
    losses = []
    for idx in torch.randperm(len(x_train)).split(32):
        if len(idx) < 32:
            continue
        optimizer.zero_grad()
        loss = criterion(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        accuracy = (model(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d}  loss {np.mean(losses):.3f}  test {accuracy:.3f}")
print("metric:", accuracy)
