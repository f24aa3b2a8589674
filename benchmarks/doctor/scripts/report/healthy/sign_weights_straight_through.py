"""Digits with weights of one bit each: forward with the sign, backward straight through to the real weight."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class BitLinear(nn.Linear):
    def forward(self, x):
        scale = self.weight.abs().mean(dim=1, keepdim=True)
        binary = scale * torch.where(self.weight >= 0, 1.0, -1.0)
        weight = self.weight + (binary - self.weight).detach()
        return F.linear(x, weight, self.bias)


class BitNet(nn.Module):
    def __init__(self, hidden=128):
        super().__init__()
        self.first = BitLinear(64, hidden)
        self.norm1 = nn.LayerNorm(hidden)
        self.second = BitLinear(hidden, hidden)
        self.norm2 = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, 10)

    def forward(self, x):
        x = F.hardtanh(self.norm1(self.first(x)))
        x = F.hardtanh(self.norm2(self.second(x)))
        return self.head(x)


def main():
    torch.manual_seed(80)
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 8 - 1, y, test_size=0.25, random_state=80, stratify=y)
    x_train, x_test = torch.tensor(x_train, dtype=torch.float32), torch.tensor(x_test, dtype=torch.float32)
    y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
    model = BitNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
    for epoch in range(20):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(x_train)).split(64):
            loss = F.cross_entropy(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        scheduler.step()
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1}: {total / len(x_train):.4f}")
    model.eval()
    with torch.no_grad():
        print("metric:", (model(x_test).argmax(1) == y_test).float().mean().item())


main()
