# fine tuning: pretrain a small CNN on digits 0-4, then new head for 5-9
import torch
from torch import nn, optim
from sklearn.datasets import load_digits

torch.manual_seed(0)
data, target = load_digits(return_X_y=True)
data = torch.FloatTensor(data).reshape(-1, 1, 8, 8) / 16
target = torch.LongTensor(target)


class SmallCNN(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.fc = nn.Linear(32 * 4 * 4, n_classes)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


def run_epoch(model, opt, x, t):
    perm = torch.randperm(len(x))
    for i in range(0, len(x), 32):
        idx = perm[i:i + 32]
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x[idx]), t[idx])
        loss.backward()
        opt.step()
    return loss.item()


low = target < 5
model = SmallCNN(5)
opt = optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(3):
    print('pretrain', epoch, run_epoch(model, opt, data[low], target[low]))

# transfer
for p in model.features.parameters():
    p.requires_grad = False
model.fc = nn.Linear(32 * 4 * 4, 5)
optimizer = optim.Adam(model.fc.parameters(), lr=1e-3)
xs, ts = data[~low], target[~low] - 5
n = int(len(xs) * 0.8)
for epoch in range(6):
    print('finetune', epoch, run_epoch(model, optimizer, xs[:n], ts[:n]))

with torch.no_grad():
    acc = (model(xs[n:]).argmax(1) == ts[n:]).float().mean().item()
print('metric:', acc)
