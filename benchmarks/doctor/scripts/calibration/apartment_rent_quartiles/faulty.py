import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import balanced_accuracy_score


def load(n, rng):
    area = rng.uniform(20, 140, n)
    floor = rng.integers(0, 9, n)
    minutes = rng.exponential(12, n)
    year = rng.integers(1900, 2024, n)
    balcony = rng.integers(0, 2, n)
    noise = rng.normal(0, 35, n)
    rent = 180 + 11 * area * np.exp(-minutes / 60) + 9 * floor + 70 * balcony + 1.5 * (year - 1960) + noise
    return np.stack([area, floor, minutes, year, balcony], axis=1), rent


class RentBand(nn.Module):
    """Which quarter of the market is this flat in?"""

    def __init__(self, n_features, n_bands=4):
        super().__init__()
        self.hidden = nn.Linear(n_features, 40)
        self.hidden2 = nn.Linear(40, 40)
        self.bands = nn.Linear(40, n_bands)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        x = torch.relu(self.hidden2(x))
        return self.bands(x)


rng = np.random.default_rng(31)
torch.manual_seed(31)
x_train, rent_train = load(1500, rng)
x_test, rent_test = load(500, rng)
mean, std = x_train.mean(0), x_train.std(0)
x_train = torch.from_numpy((x_train - mean) / std).float()
x_test = torch.from_numpy((x_test - mean) / std).float()

edges = np.percentile(rent_train, [0.25, 0.5, 0.75])
y_train = torch.from_numpy(np.digitize(rent_train, edges))
y_test = np.digitize(rent_test, edges)

net = RentBand(5)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1, total_steps=450)
ce = nn.CrossEntropyLoss()
for epoch in range(15):
    total = 0
    for rows in torch.randperm(1500).chunk(30):
        opt.zero_grad()
        loss = ce(net(x_train[rows]), y_train[rows])
        loss.backward()
        opt.step()
        sched.step()
        total += loss.item()
    print("epoch", epoch, "mean loss", round(total / 30, 4))

with torch.no_grad():
    pred = net(x_test).argmax(1).numpy()
print("metric:", balanced_accuracy_score(y_test, pred))
