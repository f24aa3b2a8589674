# arrows: up / down / left / right, drawn with numpy, small convnet with augmentation
import numpy as np
import torch
import torch.nn as nn

np.random.seed(1)
torch.manual_seed(1)


def arrow(d):
    im = np.zeros((16, 16), np.float32)
    r, c = np.random.randint(6, 10), np.random.randint(3, 6)
    n = np.random.randint(6, 9)
    im[r, c:c + n] = 1
    for k in (1, 2, 3):
        im[r - k, c + n - 1 - k] = im[r + k, c + n - 1 - k] = 1
    im = np.rot90(im, d)
    return im + np.random.randn(16, 16) * 0.2


def make(n):
    y = np.random.randint(0, 4, n)
    return torch.tensor(np.array([arrow(d) for d in y]), dtype=torch.float32).unsqueeze(1), torch.tensor(y)


class Augment:
    def __call__(self, x):
        dy, dx = np.random.randint(-1, 2, 2)
        x = torch.roll(x, (int(dy), int(dx)), dims=(2, 3))
        return x + 0.05 * torch.randn_like(x)


x, y = make(1000)
xv, yv = make(300)
aug = Augment()
model = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                      nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                      nn.Flatten(), nn.Linear(24 * 16, 32), nn.ReLU(), nn.Linear(32, 4))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
lossf = nn.CrossEntropyLoss()
for epoch in range(7):
    model.train()
    run = 0
    for i in torch.randperm(len(x)).split(40):
        out = model(aug(x[i]))
        loss = lossf(out, y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        run += loss.item()
    model.eval()
    with torch.no_grad():
        acc = (model(xv).argmax(1) == yv).float().mean().item()
    print('epoch', epoch, 'loss', run / 25, 'val', acc)
print('metric:', acc)
