from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split

torch.manual_seed(77)
rng = np.random.default_rng(77)

# hand positions from a radar: 3 channels x 24 frames
CLASSES, FRAMES = 6, 24


def gesture(k):
    t = np.linspace(0, 1, FRAMES)
    start = rng.uniform(-0.15, 0.15)
    curves = [
        np.sin(2 * np.pi * (t + start)),
        np.cos(2 * np.pi * (t + start)),
        np.sin(4 * np.pi * (t + start)),
        2 * t - 1 + start,
        1 - 2 * t + start,
        np.exp(-40 * (t - 0.5 - start) ** 2) * 2 - 1,
    ]
    other = curves[(k + 2) % CLASSES]
    signal = np.stack([curves[k], 0.5 * curves[k] + 0.5 * other, -curves[k] * t])
    return signal + 0.5 * rng.standard_normal(signal.shape)


kinds = rng.integers(0, CLASSES, 1900)
signals = np.stack([gesture(k) for k in kinds]).astype(np.float32)
data = [(torch.from_numpy(s), int(k)) for s, k in zip(signals, kinds, strict=True)]
train_data, test_data = random_split(data, [1500, 400], generator=torch.Generator().manual_seed(0))


def norm(channels):
    # num_features, eps, momentum
    return nn.BatchNorm1d(channels, 1e-3, 0.1)


def conv_block(c_in, c_out):
    return [nn.Conv1d(c_in, c_out, 3, padding=1), norm(c_out), nn.ReLU()]


class GestureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv_block(3, 24))
        self.body = nn.Sequential(
            *conv_block(24, 32), *conv_block(32, 32), *conv_block(32, 32), nn.AdaptiveAvgPool1d(3), nn.Flatten()
        )
        self.head = nn.Sequential(OrderedDict(drop=nn.Dropout(0.1), fc=nn.Linear(96, CLASSES)))

    def forward(self, x):
        return self.head(self.body(self.stem(x)))


def run_epoch(model, loader, optimizer=None):
    model.train(optimizer is not None)
    loss_sum = correct = seen = 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            if optimizer is not None:
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(y)
            correct += (logits.argmax(1) == y).sum().item()
            seen += len(y)
    return loss_sum / seen, correct / seen


train_loader = DataLoader(train_data, batch_size=30, shuffle=True)
test_loader = DataLoader(test_data, batch_size=100)
model = GestureNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
for epoch in range(5):
    train_loss, train_acc = run_epoch(model, train_loader, optimizer)
    test_loss, test_acc = run_epoch(model, test_loader)
    print(f"{epoch + 1}: train {train_loss:.3f} / {train_acc:.3f}   test {test_loss:.3f} / {test_acc:.3f}")
print(f"metric: {test_acc:.4f}")
