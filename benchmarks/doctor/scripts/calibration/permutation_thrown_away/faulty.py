import numpy as np
import torch
import torch.nn as nn

np.random.seed(10)
torch.manual_seed(10)
yy, xx = np.mgrid[0:12, 0:12]


def draw(shape):
    cy, cx = np.random.uniform(4, 8, 2)
    r = np.random.uniform(2.8, 3.9)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    if shape == 'disc':
        img = dy ** 2 + dx ** 2 < r ** 2
    elif shape == 'ring':
        d = np.sqrt(dy ** 2 + dx ** 2)
        img = (d < r) & (d > r - 1.6)
    elif shape == 'cross':
        img = ((dy < 1) & (dx < r)) | ((dx < 1) & (dy < r))
    else:
        img = (np.abs(dy - dx) < 1) & (dy < r)
    return img + 0.2 * np.random.randn(12, 12)


shapes = ['disc', 'ring', 'cross', 'saltire']


def make(n_each):
    images, labels = [], []
    for k, s in enumerate(shapes):
        for _ in range(n_each):
            images.append(draw(s))
            labels.append(k)
    images = torch.tensor(np.array(images), dtype=torch.float32).unsqueeze(1)
    return images, torch.tensor(labels)


train_x, train_y = make(240)
test_x, test_y = make(80)
net = nn.Sequential(nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(),
                    nn.Flatten(), nn.Linear(24 * 9, 4))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()

order = np.arange(len(train_y))
batch_size = 32
for epoch in range(14):
    np.random.permutation(order)
    seen = 0.0
    for i in range(0, len(order), batch_size):
        rows = order[i:i + batch_size]
        loss = loss_fn(net(train_x[rows]), train_y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += loss.item() * len(rows)
    print('epoch', epoch, 'loss', seen / len(order))

with torch.no_grad():
    print('metric:', (net(test_x).argmax(1) == test_y).float().mean().item())
