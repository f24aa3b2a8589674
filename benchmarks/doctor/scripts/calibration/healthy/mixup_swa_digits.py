# mixup + SWA. training loss stays high because the targets are blends; that is how mixup looks
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, SWALR, update_bn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(18); np.random.seed(18)
X, y = load_digits(return_X_y=True)
X = (X / 16.0 - 0.5).astype(np.float32)
a, b, ya, yb = train_test_split(X, y, test_size=0.3, random_state=18, stratify=y)
train_dl = DataLoader(TensorDataset(torch.from_numpy(a), torch.from_numpy(ya)), batch_size=64, shuffle=True)
xt, yt = torch.from_numpy(b), torch.from_numpy(yb)

class MLP(nn.Module):
    def __init__(self, h=128):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(64, h), nn.BatchNorm1d(h), nn.ReLU(), nn.Linear(h, h), nn.BatchNorm1d(h), nn.ReLU())
        self.head = nn.Linear(h, 10)
    def forward(self, x):
        return self.head(self.f(x))

model = MLP()
swa_model = AveragedModel(model)
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
cos = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=20)
swa_sched = SWALR(opt, swa_lr=0.03, anneal_epochs=2)
EPOCHS, SWA_START = 20, 13
for ep in range(EPOCHS):
    model.train()
    tot = 0
    for xb, tb in train_dl:
        lam = np.random.beta(0.4, 0.4)
        perm = torch.randperm(len(xb))
        out = model(lam * xb + (1 - lam) * xb[perm])
        loss = lam * F.cross_entropy(out, tb) + (1 - lam) * F.cross_entropy(out, tb[perm])
        opt.zero_grad(); loss.backward(); opt.step()
        tot += loss.item() * len(xb)
    if ep >= SWA_START:
        swa_model.update_parameters(model)
        swa_sched.step()
    else:
        cos.step()
    if ep % 4 == 0:
        print('ep', ep, 'mixed loss', round(tot / len(a), 4))
update_bn(train_dl, swa_model)
swa_model.eval()
with torch.no_grad():
    acc = (swa_model(xt).argmax(1) == yt).float().mean().item()
print("metric:", acc)
