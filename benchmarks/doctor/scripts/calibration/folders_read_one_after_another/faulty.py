import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(115)
torch.manual_seed(115)
# mimic os.listdir: first all files of class 'circle', then 'square', then 'cross', ...
S = 12


def draw(kind):
    img = np.random.rand(S, S) * 0.8
    cy, cx = np.random.randint(4, 8, 2)
    yy, xx = np.mgrid[:S, :S]
    if kind == 0:
        img[np.abs(np.hypot(yy - cy, xx - cx) - 3) < 0.7] += 0.9
    elif kind == 1:
        img[cy - 3:cy + 4, cx - 3:cx + 4] += 0.5
    elif kind == 2:
        img[cy, cx - 3:cx + 4] += 0.9; img[cy - 3:cy + 4, cx] += 0.9
    elif kind == 3:
        img[(np.abs(yy - cy) == np.abs(xx - cx)) & (np.abs(yy - cy) < 4)] += 0.9
    return img


images, labels = [], []
for k in range(4):
    for _ in range(250):
        images.append(draw(k)); labels.append(k)
images = torch.tensor(np.array(images), dtype=torch.float32).unsqueeze(1) - 0.45
labels = torch.tensor(labels)
test_y = torch.arange(4).repeat(60)
test_x = torch.tensor(np.array([draw(int(k)) for k in test_y]), dtype=torch.float32).unsqueeze(1) - 0.45

net = nn.Sequential(nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24 * 9, 4))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
batch_size = 32
for epoch in range(6):
    order = torch.arange(len(images))
    for b in range(len(images) // batch_size):
        idx = order[b * batch_size:(b + 1) * batch_size]
        out = net(images[idx])
        loss = F.cross_entropy(out, labels[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print('epoch', epoch, 'last batch loss', loss.item())
with torch.no_grad():
    print('metric:', (net(test_x).argmax(1) == test_y).float().mean().item())
