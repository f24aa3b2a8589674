import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(12)
torch.manual_seed(12)


def make_data(n):
    # 16x16 RGB images as uint8 (H, W, C): coloured squares on a noisy background, class = colour x size
    labels = np.random.randint(0, 6, n)
    imgs = np.random.randint(0, 120, (n, 16, 16, 3))
    for i, c in enumerate(labels):
        s = 4 if c < 3 else 7
        r, q = np.random.randint(0, 16 - s, 2)
        imgs[i, r:r + s, q:q + s, c % 3] += 110
    return imgs.astype(np.uint8), labels


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3)
        self.conv2 = nn.Conv2d(16, 24, 3)
        self.fc = nn.Linear(24, 6)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x))
        return self.fc(x.amax(dim=(2, 3)))


def to_tensor(a):
    x = torch.from_numpy(a).float() / 127.5 - 1
    return x.permute(0, 3, 1, 2)


a, la = make_data(900)
b, lb = make_data(300)
x, y = to_tensor(a), torch.from_numpy(la)
xt, yt = to_tensor(b), torch.from_numpy(lb)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
for ep in range(8):
    p = torch.randperm(len(x))
    for i in range(0, len(x), 45):
        j = p[i:i + 45]
        opt.zero_grad()
        l = F.cross_entropy(net(x[j]), y[j])
        l.backward()
        opt.step()
    print('epoch', ep, 'loss', l.item())
with torch.no_grad():
    print('metric:', (net(xt).argmax(1) == yt).float().mean().item())
