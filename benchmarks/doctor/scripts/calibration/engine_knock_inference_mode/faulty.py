import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(64)
rng = np.random.default_rng(64)


def recording(kind, n):
    """Vibration of one cylinder: smooth running, knock, misfire."""
    t = np.arange(48) / 48
    base = np.sin(2 * np.pi * (3 * t[None] + rng.random((n, 1))))
    if kind == 1:
        where = rng.integers(8, 40, (n, 1))
        base = base + 0.9 * np.sin(2 * np.pi * 14 * t)[None] * np.exp(-((np.arange(48)[None] - where) ** 2) / 30)
    if kind == 2:
        base = base * (1 - 0.7 * (np.abs(np.arange(48)[None] - rng.integers(12, 36, (n, 1))) < 7))
    return (base + 0.3 * rng.standard_normal((n, 48))).astype(np.float32)


def make(n):
    x = np.concatenate([recording(k, n) for k in range(3)])
    return TensorDataset(torch.from_numpy(x)[:, None], torch.arange(3).repeat_interleave(n))


def block(c_in, c_out):
    return nn.Sequential(nn.Conv1d(c_in, c_out, 5, stride=2, padding=2, bias=False), nn.BatchNorm1d(c_out), nn.ReLU())


net = nn.Sequential(
    block(1, 16),
    block(16, 24),
    nn.Flatten(),
    nn.Dropout(0.3),
    nn.Linear(24 * 12, 32),
    nn.ReLU(),
    nn.Dropout(0.3),
    nn.Linear(32, 3),
)
train_loader = DataLoader(make(480), batch_size=32, shuffle=True)
test_loader = DataLoader(make(160), batch_size=40)
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
criterion = nn.CrossEntropyLoss()


def train_one_epoch():
    net.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    return loss.item()


@torch.inference_mode()
def evaluate():
    right = 0
    for x, y in test_loader:
        right += (net(x).argmax(1) == y).sum().item()
    return right / len(test_loader.dataset)


for epoch in range(12):
    print(epoch, train_one_epoch(), evaluate())
print("metric:", evaluate())
