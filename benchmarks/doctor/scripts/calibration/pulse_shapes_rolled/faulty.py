import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SEED = 23
LENGTH = 48
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)


def pulse(kind):
    t = np.arange(14) / 13
    return [np.sin(np.pi * t), t, 1 - t, np.abs(np.cos(np.pi * t)), np.where(t < 0.5, 1.0, 0.2)][kind]


def make(n):
    signals = rng.normal(0, 0.12, (n, 1, LENGTH))
    kinds = np.arange(n) % 5
    for signal, kind in zip(signals, kinds, strict=True):
        signal[0, :14] += pulse(kind) * rng.uniform(0.85, 1.15)
        signal[0] = np.roll(signal[0], rng.integers(LENGTH))  # the ring buffer starts anywhere
    return torch.tensor(signals, dtype=torch.float32), torch.tensor(kinds)


class RingBuffer(Dataset):
    def __init__(self, signals, kinds, augment=False):
        self.signals, self.kinds, self.augment = signals, kinds, augment

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        signal = self.signals[i]
        if self.augment:
            signal = signal.roll(int(torch.randint(LENGTH, ())), -1)
            signal = signal * (0.9 + 0.2 * torch.rand(())) + 0.05 * torch.randn(LENGTH)
        return signal, self.kinds[i]


train_set = RingBuffer(*make(120))
val_set = RingBuffer(*make(250))
train_loader = DataLoader(train_set, batch_size=24, shuffle=True)
val_loader = DataLoader(val_set, batch_size=250)

model = nn.Sequential(
    nn.Conv1d(1, 16, 7, padding=3, padding_mode="circular"),
    nn.ReLU(),
    nn.Conv1d(16, 16, 7, padding=3, padding_mode="circular"),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(16 * LENGTH, 64),
    nn.ReLU(),
    nn.Linear(64, 5),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 110)


def run_epoch(loader, training):
    model.train(training)
    loss_sum = hits = count = 0
    with torch.set_grad_enabled(training):
        for signal, kind in loader:
            logits = model(signal)
            loss = criterion(logits, kind)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(kind)
            hits += (logits.argmax(1) == kind).sum().item()
            count += len(kind)
    return loss_sum / count, hits / count


for epoch in range(1, 111):
    train_loss, train_acc = run_epoch(train_loader, True)
    schedule.step()
    val_loss, val_acc = run_epoch(val_loader, False)
    if epoch % 10 == 0:
        print(f"{epoch:3d} | train {train_loss:.3f} {train_acc:.2f} | val {val_loss:.3f} {val_acc:.2f}")
print("metric:", val_acc)
