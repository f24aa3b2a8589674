"""A residual net on small images: loader with workers, warm-up, gradient accumulation, validation after each epoch."""

import hashlib

import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch.utils.data import DataLoader, Dataset, random_split


class Shapes(Dataset):
    """Bright bars, across or upright or both, in noise."""

    def __init__(self, rows, seed):
        draw = torch.Generator().manual_seed(seed)
        self.y = torch.randint(0, 3, (rows,), generator=draw)
        self.x = 0.5 * torch.randn(rows, 3, 16, 16, generator=draw)
        where = torch.randint(2, 14, (rows, 2), generator=draw)
        for row in range(rows):
            if self.y[row] != 1:
                self.x[row, :, where[row, 0], :] += 2
            if self.y[row] != 0:
                self.x[row, :, :, where[row, 1]] += 2
        self.x = (self.x - self.x.mean()) / self.x.std()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, row):
        return self.x[row], self.y[row]


class Block(nn.Module):
    def __init__(self, inside, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return self.relu(out)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(Block(8, 16, 2), Block(16, 24, 2))
        self.fc = nn.Linear(24, 3)

    def forward(self, x):
        x = self.layers(self.stem(x))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def main():
    torch.manual_seed(0)
    train_set, valid_set = random_split(Shapes(640, 1), [512, 128])
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True, num_workers=2, drop_last=True)
    valid_loader = DataLoader(valid_set, batch_size=64)
    model = Net()
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9, weight_decay=5e-4, nesterov=True)
    epochs, accumulate = 5, 2
    steps = epochs * len(train_loader) // accumulate
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 8) * (1 - step / (steps + 1))
    )
    for epoch in range(epochs):
        model.train()
        for number, (x, y) in enumerate(train_loader):
            loss = criterion(model(x), y) / accumulate
            loss.backward()
            if (number + 1) % accumulate == 0:
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
        model.eval()
        right = 0
        with torch.no_grad():
            for x, y in valid_loader:
                right += (model(x).argmax(1) == y).sum().item()
        print(f"epoch {epoch}: valid accuracy {right / len(valid_set):.3f}")
    print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())


if __name__ == "__main__":
    main()
