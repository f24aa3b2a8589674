import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def make_images(n):
    """vertical / horizontal / diagonal bars / blob + noise, all brighter than 0"""
    y = torch.randint(0, 4, (n,))
    x = torch.randn(n, 1, 12, 12) * 0.8
    for i in range(n):
        p = int(torch.randint(2, 10, (1,)))
        if y[i] == 0:
            x[i, 0, :, p] += 2
        elif y[i] == 1:
            x[i, 0, p, :] += 2
        elif y[i] == 2:
            x[i, 0] += 2 * torch.eye(12).roll(p - 6, 1)
        else:
            x[i, 0, p - 2:p + 2, p - 2:p + 2] += 1.5
    return x, y


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2))
        self.block2 = nn.Sequential(nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2))
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(24 * 9, 4)

    def forward(self, x):
        x = self.block2(self.block1(x))
        return self.fc(self.drop(x.flatten(1)))


def evaluate(model, loader):
    model.eval()
    good = total = 0
    with torch.no_grad():
        for x, y in loader:
            good += (model(x.to(device)).argmax(1) == y.to(device)).sum().item()
            total += len(y)
    return good / total


train_dl = DataLoader(TensorDataset(*make_images(800)), batch_size=40, shuffle=True)
val_dl = DataLoader(TensorDataset(*make_images(300)), batch_size=100)
model = ConvNet().to(device)
opt = optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    model.train()
    for x, y in train_dl:
        x, y = x.to(device), y.to(device)
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
    print("epoch %d  val acc %.3f" % (epoch, evaluate(model, val_dl)))
print("metric:", evaluate(model, val_dl))
