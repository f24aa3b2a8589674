"""Digits where 4 % of the training labels were changed at random (kept on purpose); label smoothing and weight decay deal with it."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

g = torch.Generator().manual_seed(6)
torch.manual_seed(6)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16.0
y = torch.tensor(digits.target)
perm = torch.randperm(len(x), generator=g)
tr, te = perm[:1300], perm[1300:]
noisy = y[tr].clone()
changed = torch.rand(len(tr), generator=g) < 0.04
noisy[changed] = (noisy[changed] + torch.randint(1, 10, (int(changed.sum()),), generator=g)) % 10
print("flipped:", int(changed.sum()), "of", len(tr))
mean, std = x[tr].mean(), x[tr].std()
train = DataLoader(TensorDataset((x[tr] - mean) / std, noisy), batch_size=64, shuffle=True, generator=g)


def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


net = nn.Sequential(conv(1, 12), conv(12, 16), nn.MaxPool2d(2), conv(16, 32), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                    nn.Dropout(0.25), nn.Linear(128, 10))
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, epochs=8, steps_per_epoch=len(train))
for epoch in range(8):
    net.train()
    total, hits = 0.0, 0
    for xb, yb in train:
        out = net(xb)
        loss = criterion(out, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(xb)
        hits += (out.argmax(1) == yb).sum().item()
    print(f"Epoch {epoch + 1}/8 - loss {total / len(tr):.4f} - acc {hits / len(tr):.4f}")

net.eval()
with torch.inference_mode():
    pred = net((x[te] - mean) / std).argmax(1)
print("metric:", (pred == y[te]).float().mean().item())
