import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

np.random.seed(319)
torch.manual_seed(319)


class Normalize:
    def __init__(self, mean, std):
        self.mean = np.array(mean, np.float32).reshape(3, 1, 1)
        self.std = np.array(std, np.float32).reshape(3, 1, 1)

    def __call__(self, x):
        return (x - self.mean) / self.std


class Flowers(Dataset):
    def __init__(self, n, transform):
        self.y = np.random.randint(0, 4, n)
        self.x = np.random.randint(0, 140, (n, 3, 10, 10))
        for i, k in enumerate(self.y):
            c = np.random.randint(2, 6, 2)
            self.x[i, k % 3, c[0]:c[0] + 3, c[1]:c[1] + 3] += 100
            if k == 3:
                self.x[i, 1, c[0]:c[0] + 3, c[1]:c[1] + 3] += 100
        self.transform = transform

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        img = self.x[i].astype(np.float32) / 255
        return self.transform(img), int(self.y[i])


norm = Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
train_loader = DataLoader(Flowers(800, norm), batch_size=40, shuffle=True)
test_loader = DataLoader(Flowers(200, norm), batch_size=200)
net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
for epoch in range(8):
    for x, y in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    x, y = next(iter(test_loader))
    print('metric:', (net(x).argmax(1) == y).float().mean().item())
