import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

np.random.seed(13)
torch.manual_seed(13)
T, AXES, CLASSES = 48, 6, 4


class Gestures(Dataset):
    """Accelerometer + gyroscope recordings: every item is (time, axis)"""

    def __init__(self, n):
        self.x, self.y = [], []
        t = np.arange(T)
        for _ in range(n):
            c = np.random.randint(CLASSES)
            rec = 0.5 * np.random.randn(T, AXES)
            start = np.random.randint(0, 28)
            burst = np.exp(-0.5 * ((t - start - 10) / 4.0) ** 2)
            rec[:, c] += 1.5 * burst * np.sin(0.9 * t + np.random.rand() * 6.28)
            rec[:, (c + 2) % AXES] += 1.0 * burst
            self.x.append(rec)
            self.y.append(c)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return torch.tensor(self.x[i], dtype=torch.float32), self.y[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(T, 32, 3, padding=1)
        self.conv2 = nn.Conv1d(32, 32, 3, padding=1)
        self.fc = nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return self.fc(x.mean(2))


train = DataLoader(Gestures(800), batch_size=32, shuffle=True)
test = DataLoader(Gestures(300), batch_size=100)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    net.train()
    loss_sum = 0
    for x, y in train:
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        loss_sum += loss.item()
    print(epoch, loss_sum / len(train))

net.eval()
good = 0
with torch.no_grad():
    for x, y in test:
        good += (net(x).argmax(1) == y).sum().item()
print('metric:', good / 300)
