"""A range test raises the rate until the loss blows up, the state is put back, and one cycle is trained at a tenth."""

import copy
import math

import torch
import torch.nn as nn
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images / 16, dtype=torch.float32).unsqueeze(1)
images = (images - images[:1300].mean()) / images[:1300].std()
labels = torch.tensor(digits.target)
train_loader = DataLoader(TensorDataset(images[:1300], labels[:1300]), 64, shuffle=True)
valid_loader = DataLoader(TensorDataset(images[1300:], labels[1300:]), 256)
model = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    nn.Linear(24, 10),
)  # fmt: skip
criterion = nn.CrossEntropyLoss()


def find_lr(model, init_value=1e-5, final_value=10.0, beta=0.9):
    optimizer = torch.optim.SGD(model.parameters(), lr=init_value, momentum=0.9)
    num = 2 * len(train_loader) - 1
    mult = (final_value / init_value) ** (1 / num)
    lr, avg_loss, best_loss, batch_num = init_value, 0.0, 0.0, 0
    losses, lrs = [], []
    model.train()
    for _ in range(2):
        for inputs, targets in train_loader:
            batch_num += 1
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            avg_loss = beta * avg_loss + (1 - beta) * loss.item()
            smoothed = avg_loss / (1 - beta**batch_num)
            if batch_num > 1 and smoothed > 4 * best_loss:
                return lrs, losses
            if smoothed < best_loss or batch_num == 1:
                best_loss = smoothed
            losses.append(smoothed)
            lrs.append(lr)
            loss.backward()
            optimizer.step()
            lr *= mult
            optimizer.param_groups[0]["lr"] = lr
    return lrs, losses


before = copy.deepcopy(model.state_dict())
lrs, losses = find_lr(model)
chosen = lrs[min(range(len(losses)), key=losses.__getitem__)] / 10
print(f"chosen 10^{math.log10(chosen):.2f} after {len(lrs)} steps")
model.load_state_dict(before)
optimizer = torch.optim.SGD(model.parameters(), lr=chosen, momentum=0.9)
epochs = 6
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, chosen * 3, steps_per_epoch=len(train_loader), epochs=epochs)
for epoch in range(epochs):
    model.train()
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in valid_loader)
    print(f"epoch {epoch}: {right / len(valid_loader.dataset):.4f}")
fingerprint(model)
