"""Digits from the tablet with a deep network of fully connected blocks."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(5)

digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.25, random_state=5, stratify=digits.target
)
x_train = torch.tensor(x_train / 16.0 - 0.3, dtype=torch.float32)
x_test = torch.tensor(x_test / 16.0 - 0.3, dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        out = F.relu(self.fc1(x))
        out = self.fc2(out)
        return F.relu(out + x)


class DeepNet(nn.Module):
    def __init__(self, width=40, depth=8):
        super().__init__()
        self.stem = nn.Linear(64, width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x)


model = DeepNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.025, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16)
criterion = nn.CrossEntropyLoss()

for epoch in range(16):
    model.train()
    total = 0.0
    for batch in torch.randperm(len(x_train)).split(64):
        optimizer.zero_grad()
        loss = criterion(model(x_train[batch]), y_train[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    scheduler.step()
    print(f"epoch {epoch + 1:2d}  loss {total / len(x_train):.4f}")

model.eval()
with torch.no_grad():
    accuracy = (model(x_test).argmax(1) == y_test).float().mean().item()
print(f"metric: {accuracy:.4f}")
