import random
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

random.seed(152)
torch.manual_seed(152)


class Arrows(Dataset):
    """10x10 arrows pointing left, right, up or down"""

    def __init__(self, n, train):
        self.train = train
        self.items = []
        for _ in range(n):
            k = random.randrange(4)
            a = torch.zeros(10, 10)
            r = random.randint(3, 6)
            a[r, 1:9] = 1
            for d in (1, 2):
                a[r - d, 1 + d] = a[r + d, 1 + d] = 1
            a = torch.rot90(a, k)
            self.items.append((a + 0.3 * torch.randn(10, 10), k))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        a, k = self.items[i]
        if self.train:
            a = a + 0.1 * torch.randn(10, 10)
        return a.unsqueeze(0), k


train_dl = DataLoader(Arrows(600, True), batch_size=30, shuffle=True)
test_dl = DataLoader(Arrows(200, False), batch_size=200)
net = nn.Sequential(nn.Conv2d(1, 10, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(250, 32), nn.ReLU(), nn.Linear(32, 4))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    net.train()
    for x, y in train_dl:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        x, y = next(iter(test_dl))
        acc = (net(x).argmax(1) == y).float().mean().item()
    print(epoch, loss.item(), acc)
print('metric:', acc)
