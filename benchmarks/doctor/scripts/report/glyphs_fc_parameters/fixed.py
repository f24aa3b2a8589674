# CNN for eight kinds of strokes, 12x12 pixels
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)
np.random.seed(7)


def glyph(kind):
    img = np.zeros((12, 12))
    a, b = np.random.randint(2, 5), np.random.randint(7, 10)
    m = np.random.randint(4, 8)
    if kind in (0, 4, 5, 6):
        img[m, a : b + 1] = 1
    if kind in (1, 4):
        img[a : b + 1, m] = 1
    if kind == 2:
        for i in range(a, b + 1):
            img[i, i] = 1
    if kind == 3:
        for i in range(a, b + 1):
            img[i, 11 - i] = 1
    if kind == 5:
        img[m - 3 : m + 1, a] = 1
    if kind == 6:
        img[m - 3 : m + 1, b] = 1
    if kind == 7:
        img[a, a : b + 1] = img[b, a : b + 1] = 1
        img[a : b + 1, a] = img[a : b + 1, b] = 1
    return img + np.random.normal(0, 0.35, (12, 12))


def make(n):
    y = np.random.randint(0, 8, n)
    x = np.stack([glyph(k) for k in y])[:, None]
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc = nn.Linear(24 * 9, 8)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


x_train, y_train = make(1600)
x_test, y_test = make(400)
mean, std = x_train.mean(), x_train.std()
train_loader = DataLoader(TensorDataset((x_train - mean) / std, y_train), batch_size=32, shuffle=True)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
criterion = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    running_loss = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"[{epoch + 1}] loss: {running_loss / len(train_loader):.3f}")

model.eval()
with torch.no_grad():
    acc = (model((x_test - mean) / std).argmax(1) == y_test).float().mean().item()
print("metric:", acc)
