# Kaggle-style: predict the distribution of annotators' votes (6 classes), KL metric
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class CFG:
    seed = 808
    n_train, n_valid = 1800, 500
    raters = 20
    epochs, bs = 15, 60
    max_lr = 4e-3


rng = np.random.default_rng(CFG.seed)
torch.manual_seed(CFG.seed)
n = CFG.n_train + CFG.n_valid
feats = rng.standard_normal((n, 14))
mixing = rng.standard_normal((14, 12)) / np.sqrt(14)
score = np.tanh(1.5 * feats @ mixing) @ rng.standard_normal((12, 6)) * 0.8
prob = np.exp(score) / np.exp(score).sum(1, keepdims=True)
votes = np.stack([rng.multinomial(CFG.raters, p) for p in prob])
share = votes / votes.sum(1, keepdims=True)


class Votes(Dataset):
    def __init__(self, lo, hi):
        self.x = torch.tensor(feats[lo:hi], dtype=torch.float32)
        self.p = torch.tensor(share[lo:hi], dtype=torch.float32)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "target": self.p[i]}


def kl_loss(logits, target):
    q = F.log_softmax(logits, dim=1)
    return F.kl_div(q, target, reduction="batchmean")


train_ds, valid_ds = Votes(0, CFG.n_train), Votes(CFG.n_train, n)
train_dl = DataLoader(train_ds, batch_size=CFG.bs, shuffle=True)
net = nn.Sequential(nn.Linear(14, 64), nn.GELU(), nn.Linear(64, 32), nn.GELU(), nn.Linear(32, 6))
opt = torch.optim.AdamW(net.parameters(), lr=CFG.max_lr, weight_decay=1e-2)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, CFG.max_lr, total_steps=CFG.epochs * len(train_dl))

for epoch in range(CFG.epochs):
    net.train()
    tot = 0
    for batch in train_dl:
        loss = kl_loss(net(batch["x"]), batch["target"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        tot += loss.item()
    print("epoch", epoch, "train kl", round(tot / len(train_dl), 4))

net.eval()
with torch.no_grad():
    t = valid_ds.p
    kl = (torch.xlogy(t, t) - t * net(valid_ds.x).log_softmax(1)).sum(1).mean()
    guess = train_ds.p.mean(0)
    kl0 = (torch.xlogy(t, t) - t * guess.log()).sum(1).mean()
print("metric:", (1 - kl / kl0).item())
