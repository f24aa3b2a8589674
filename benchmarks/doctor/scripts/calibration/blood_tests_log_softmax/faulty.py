import numpy as np
import torch
from torch import nn

# --- settings
CLASSES, MARKERS, SEED = 5, 14, 301
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

# --- five conditions, fourteen blood markers, log-normal
means = rng.normal(0, 0.6, (CLASSES, MARKERS))
condition = rng.integers(0, CLASSES, 2200)
levels = np.exp(means[condition] + 0.75 * rng.normal(0, 1, (2200, MARKERS)))
x = np.log(levels)
x = (x - x[:1700].mean(0)) / x[:1700].std(0)
x, condition = torch.tensor(x, dtype=torch.float32), torch.tensor(condition)

# --- model
classifier = nn.Sequential(
    nn.Linear(MARKERS, 48), nn.LayerNorm(48), nn.ReLU(), nn.Dropout(0.1),
    nn.Linear(48, 24), nn.ReLU(),
    nn.Linear(24, CLASSES), nn.Softmax(dim=1),
)
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(classifier.parameters(), lr=1e-3)


def epoch_of(train_x, train_y, size=32):
    classifier.train()
    acc = []
    for idx in torch.randperm(len(train_x)).split(size):
        optimizer.zero_grad()
        loss = criterion(classifier(train_x[idx]), train_y[idx])
        loss.backward()
        optimizer.step()
        acc.append(loss.item())
    return float(np.mean(acc))


def score(test_x, test_y):
    classifier.eval()
    with torch.no_grad():
        return (classifier(test_x).argmax(dim=1) == test_y).float().mean().item()


for e in range(8):
    mean_loss = epoch_of(x[:1700], condition[:1700])
    print(f"epoch {e + 1}: {mean_loss:.4f}, held-out accuracy {score(x[1700:], condition[1700:]):.3f}")
print("metric:", score(x[1700:], condition[1700:]))
