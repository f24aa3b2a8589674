"""My first network: which of five varieties is a grain of wheat, from seven measurements?"""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LR = 0.001
EPOCHS = 25
torch.manual_seed(100)


def grains(n):
    variety = torch.randint(5, (n,))
    length = torch.tensor([5.3, 6.1, 5.6, 5.9, 5.2])[variety] + 0.25 * torch.randn(n)
    width = torch.tensor([2.9, 3.6, 3.3, 3.2, 3.3])[variety] + 0.15 * torch.randn(n)
    area = math.pi / 4 * length * width * (1 + 0.02 * torch.randn(n))
    perimeter = math.pi * (length + width) / 2 * (1 + 0.01 * torch.randn(n))
    asymmetry = torch.tensor([4.6, 3.7, 2.4, 3.9, 2.2])[variety] + 0.7 * torch.randn(n)
    groove = length - torch.tensor([0.2, 0.1, 0.5, 0.2, 0.1])[variety] + 0.1 * torch.randn(n)
    x = torch.stack([area, perimeter, 4 * math.pi * area / perimeter**2, length, width, asymmetry, groove], 1)
    return x, variety


x_train, y_train = grains(1280)
x_test, y_test = grains(500)
mean, std = x_train.mean(0), x_train.std(0)
loader = DataLoader(TensorDataset((x_train - mean) / std, y_train), batch_size=32, shuffle=True)

model = nn.Sequential(nn.Linear(7, 32), nn.ReLU(), nn.Linear(32, 5))
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LR)

for epoch in range(EPOCHS):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1:2d}: {total / len(loader):.4f}")

with torch.no_grad():
    correct = (model((x_test - mean) / std).argmax(1) == y_test).float().mean().item()
print("metric:", correct)
