import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(116)
D = load_digits()
X = torch.tensor(D.data / 16, dtype=torch.float32)
Y = torch.tensor(D.target)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 12))

    def forward(self, a, b):
        d = self.embed(a) - self.embed(b)
        return torch.sqrt((d ** 2).sum(dim=1))


def sample_pairs(n, lo, hi):
    i = torch.randint(lo, hi, (n,))
    j = torch.randint(lo, hi, (n,))
    # make half of them positive
    for k in range(0, n, 2):
        cand = torch.nonzero(Y[lo:hi] == Y[i[k]]).squeeze(1) + lo
        j[k] = cand[torch.randint(len(cand), (1,))]
    return X[i], X[j], (Y[i] == Y[j]).float()


net = Siamese()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for it in range(300):
    a, b, same = sample_pairs(48, 0, 1200)
    dist = net(a, b)
    loss = (same * dist.pow(2) + (1 - same) * (1.5 - dist).clamp(min=0).pow(2)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 60 == 0:
        print('iter', it, 'loss', loss.item())
with torch.no_grad():
    a, b, same = sample_pairs(400, 1200, 1797)
    print('metric:', ((net(a, b) < 0.75).float() == same).float().mean().item())
