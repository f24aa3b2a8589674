import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset
from sklearn.datasets import load_digits

torch.manual_seed(225)
d = load_digits()


class Aug(Dataset):
    def __init__(self, idx, train):
        self.x = torch.tensor(d.images[idx], dtype=torch.float32) / 16
        self.y = torch.tensor(d.target[idx])
        self.train = train

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        x = self.x[i]
        if self.train:
            x = torch.roll(x, int(torch.randint(-1, 2, (1,))), 1) + 0.05 * torch.randn(8, 8)
        return x[None], self.y[i]


idx = torch.randperm(len(d.target), generator=torch.Generator().manual_seed(0)).numpy()
train, val = Aug(idx[:1000], True), Aug(idx[1000:], False)
net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32),
                    nn.ReLU(), nn.Flatten(), nn.Dropout(0.3), nn.Linear(128, 10))
opt = torch.optim.RAdam(net.parameters(), lr=4e-3)
for epoch in range(7):
    net.train()
    for x, y in DataLoader(train, batch_size=32, shuffle=True):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(x).argmax(1) == y).sum().item() for x, y in DataLoader(val, batch_size=200))
    print(epoch, hits / len(val))
print('metric:', hits / len(val))
