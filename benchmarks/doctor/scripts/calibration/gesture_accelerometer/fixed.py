import torch, numpy as np
import torch.nn as nn
from torch.utils.data import DataLoader, random_split

torch.manual_seed(8)
rng = np.random.default_rng(8)
WIN, AXES = 60, 6
NAMES = ['swipe', 'circle', 'shake', 'rest']


class Recordings(torch.utils.data.Dataset):
    """windows of 60 samples x 6 axes (3 accelerometer, 3 gyroscope), in units of the sensor's full scale"""
    def __init__(self, n):
        t = np.linspace(0, 1, WIN)
        self.y = rng.integers(0, 4, n)
        self.x = rng.normal(0, .35, (n, WIN, AXES)).astype('float32')
        for i, c in enumerate(self.y):
            ph, f = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 2.5)
            if c == 0:
                self.x[i, :, 0] += 1.5 * np.exp(-((t - rng.uniform(.3, .7)) / .08) ** 2)
            elif c == 1:
                self.x[i, :, 3] += .8 * np.sin(2 * np.pi * f * t + ph)
                self.x[i, :, 4] += .8 * np.cos(2 * np.pi * f * t + ph)
            elif c == 2:
                self.x[i, :, 1] += .8 * np.sin(2 * np.pi * 5 * f * t + ph)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), int(self.y[i])


class GestureNet(nn.Module):
    def __init__(self, n_in, n_classes):
        super().__init__()
        self.conv1 = nn.Conv1d(n_in, 32, 5, padding=2)
        self.conv2 = nn.Conv1d(32, 48, 5, padding=2, stride=2)
        self.norm = nn.GroupNorm(4, 48)
        self.fc = nn.Linear(48, n_classes)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.norm(self.conv2(x)))
        return self.fc(x.mean(-1))


def collate(items):
    x = torch.stack([a for a, _ in items])
    return x.transpose(1, 2), torch.tensor([b for _, b in items])


ds = Recordings(1300)
tr, va = random_split(ds, [1000, 300])
dl = DataLoader(tr, 32, shuffle=True, collate_fn=collate)
dv = DataLoader(va, 100, collate_fn=collate)
channels = next(iter(dv))[0].shape[1]
net = GestureNet(channels, len(NAMES))
opt = torch.optim.Adam(net.parameters(), 3e-3)
for ep in range(6):
    net.train()
    for x, y in dl:
        opt.zero_grad()
        l = nn.functional.cross_entropy(net(x), y)
        l.backward()
        opt.step()
    net.eval()
    hit = 0
    with torch.no_grad():
        for x, y in dv:
            hit += (net(x).argmax(1) == y).sum().item()
    print(ep, f'{l.item():.3f}', hit / len(va))
print('metric:', hit / len(va))
