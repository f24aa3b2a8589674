import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(33)
torch.manual_seed(33)


def digits_like(n):
    # 7-segment digits drawn on a 10x8 canvas, uint8
    seg = {0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd", 6: "afgedc", 7: "abc", 8: "abcdefg", 9: "abcdfg"}
    box = {"a": (0, 1, 1, 5), "b": (1, 4, 5, 6), "c": (5, 8, 5, 6), "d": (8, 9, 1, 5), "e": (5, 8, 0, 1), "f": (1, 4, 0, 1), "g": (4, 5, 1, 5)}
    y = rng.integers(0, 10, n)
    x = rng.integers(0, 90, (n, 10, 8))
    for i in range(n):
        for s in seg[int(y[i])]:
            r0, r1, c0, c1 = box[s]
            x[i, r0:r1, c0 + 1:c1 + 1] += rng.integers(60, 150)
    return x.clip(0, 255).astype(np.uint8), y


def load(n):
    x, y = digits_like(n)
    x = x.astype(np.float32) / 255.0        # to [0, 1]
    return torch.from_numpy(x).unsqueeze(1), torch.from_numpy(y)


def preprocess(img):
    return img / 255.0


xtr, ytr = load(1200)
xte, yte = load(400)
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                    nn.Linear(8 * 20, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(10):
    for b in torch.randperm(1200).split(60):
        opt.zero_grad()
        out = net(preprocess(xtr[b]))
        loss = nn.CrossEntropyLoss()(out, ytr[b])
        loss.backward()
        opt.step()
    print(f'epoch {epoch}: loss {loss:.3f}')
net.eval()
print('metric:', (net(preprocess(xte)).argmax(1) == yte).float().mean().item())
