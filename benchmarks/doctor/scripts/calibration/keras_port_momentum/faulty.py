"""
Port of an old Keras model: knock detection from vibration spectra (four loosened screws).
BatchNormalization(momentum=0.9) in Keras.
"""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(3)
rng = np.random.RandomState(3)

BINS = 40


def spectra(n):
    screw = rng.randint(0, 4, n)
    f = np.arange(BINS)
    base = 3.0 * np.exp(-f / 15.0) + 0.5
    s = base + 0.35 * rng.randn(n, BINS)
    for i, k in enumerate(screw):
        centre = [8, 15, 22, 29][k] + rng.randn()
        s[i] += (0.8 + 0.4 * rng.rand()) * np.exp(-((f - centre) ** 2) / 4.0)
        other = rng.randint(4, 36)
        s[i] += 0.5 * np.exp(-((f - other) ** 2) / 2.0)
    return s.astype(np.float32), screw


X, y = spectra(1600)
Xv, yv = spectra(400)
m, s = X.mean(), X.std()
X, Xv = torch.from_numpy((X - m) / s), torch.from_numpy((Xv - m) / s)
y, yv = torch.from_numpy(y).long(), torch.from_numpy(yv).long()

BN = dict(eps=1e-3, momentum=1e-3)


class KnockNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(1, 16, 5, padding=2, bias=False)
        self.b1 = nn.BatchNorm1d(16, **BN)
        self.c2 = nn.Conv1d(16, 24, 5, padding=2, bias=False)
        self.b2 = nn.BatchNorm1d(24, **BN)
        self.fc1 = nn.Linear(24 * 10, 32, bias=False)
        self.b3 = nn.BatchNorm1d(32, **BN)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = x.unsqueeze(1)
        x = nn.functional.max_pool1d(torch.relu(self.b1(self.c1(x))), 2)
        x = nn.functional.max_pool1d(torch.relu(self.b2(self.c2(x))), 2)
        x = torch.relu(self.b3(self.fc1(x.flatten(1))))
        return self.fc2(x)


model = KnockNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [6, 8], gamma=0.2)
ce = nn.CrossEntropyLoss()

for epoch in range(9):
    model.train()
    order = torch.randperm(len(X))
    acc, total = 0, 0.0
    for i in range(0, len(X), 50):
        j = order[i:i + 50]
        logits = model(X[j])
        loss = ce(logits, y[j])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        acc += (logits.argmax(1) == y[j]).sum().item()
        total += loss.item() * len(j)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        va = (model(Xv).argmax(1) == yv).float().mean().item()
    print('Epoch %d/9 - loss: %.4f - accuracy: %.4f - val_accuracy: %.4f' % (epoch + 1, total / len(X), acc / len(X), va))

print('metric:', va)
