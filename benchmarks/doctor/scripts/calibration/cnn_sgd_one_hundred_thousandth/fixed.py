import argparse
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

ap = argparse.ArgumentParser()
ap.add_argument('--learning-rate', type=float, default=5e-2)
ap.add_argument('--epochs', type=int, default=8)
opt = ap.parse_args()
torch.manual_seed(110)

bunch = load_digits()
images = torch.tensor(bunch.images, dtype=torch.float32)[:, None]
images = (images - images.mean()) / images.std()
labels = torch.tensor(bunch.target)
perm = torch.randperm(len(labels))
images, labels = images[perm], labels[perm]


class Conv(nn.Module):
    def __init__(self):
        super(Conv, self).__init__()
        self.c1 = nn.Conv2d(1, 12, 3, padding=1)
        self.c2 = nn.Conv2d(12, 24, 3, padding=1)
        self.lin = nn.Linear(24 * 2 * 2, 10)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.c1(x)), 2)
        x = F.max_pool2d(F.leaky_relu(self.c2(x)), 2)
        return self.lin(x.reshape(x.size(0), -1))


net = Conv()
sgd = torch.optim.SGD(net.parameters(), lr=opt.learning_rate, momentum=0.9, nesterov=True)
for e in range(opt.epochs):
    s = 0.0
    for b in range(0, 1400, 56):
        sgd.zero_grad()
        loss = F.cross_entropy(net(images[b:b + 56]), labels[b:b + 56])
        loss.backward()
        sgd.step()
        s += loss.item()
    print(f"{e}: {s / 25:.4f}")
with torch.no_grad():
    print('metric:', (net(images[1400:]).argmax(1) == labels[1400:]).float().mean().item())
