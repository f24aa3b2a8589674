# deep hashing of digits: tanh(beta * h) -> sign, retrieval by Hamming distance
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn import datasets

BITS = 16
BETA = 100.0
torch.manual_seed(21)

d = datasets.load_digits()
imgs = torch.tensor(d.images, dtype=torch.float32).unsqueeze(1) / 8.0 - 1.0
lab = torch.tensor(d.target)
g = torch.Generator().manual_seed(1)
p = torch.randperm(len(imgs), generator=g)
db, query = p[:1400], p[1400:]


class HashNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(12 * 16, 64), nn.ReLU(),
        )
        self.hash = nn.Linear(64, BITS)

    def forward(self, x):
        return torch.tanh(BETA * self.hash(self.encoder(x)))


def pair_loss(u, l):
    s = (l[:, None] == l[None, :]).float()
    ip = u @ u.T / BITS
    off = 1 - torch.eye(len(u))
    w = s * 4 + 1
    return (w * off * (ip - (2 * s - 1).clamp_min(-0.2)) ** 2).sum() / (w * off).sum()


net = HashNet()
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
for step in range(350):
    idx = db[torch.randint(len(db), (64,))]
    loss = pair_loss(net(imgs[idx]), lab[idx])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())

net.eval()
with torch.no_grad():
    code_db, code_q = net(imgs[db]).sign(), net(imgs[query]).sign()
    near = (code_q @ code_db.T).topk(5, dim=1).indices
    prec = (lab[db][near] == lab[query][:, None]).float().mean()
print("metric:", prec.item())
