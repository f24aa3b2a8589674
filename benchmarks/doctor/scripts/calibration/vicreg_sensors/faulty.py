"""Self-supervised embeddings of machine sounds (spectrum vectors), VICReg loss, judged by a k-NN on the embeddings."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(61)
D, K = 40, 6
protos = torch.randn(K, D)


def spectra(n):
    y = torch.randint(0, K, (n,))
    gain = torch.rand(n, 1) * 1.0 + 0.7
    return protos[y] * gain + 0.6 * torch.randn(n, D), y


def view(x):
    return x * (0.8 + 0.4 * torch.rand(len(x), 1)) + 0.25 * torch.randn_like(x)


class VICReg(nn.Module):
    def __init__(self, sim=10.0, var=10.0, cov=1.0):
        super().__init__()
        self.sim, self.var, self.cov = sim, var, cov

    def variance(self, z):
        std = torch.sqrt(z.var(dim=0) + 1e-4)
        return torch.mean(F.relu(std - 1))

    def covariance(self, z):
        z = z - z.mean(0)
        c = z.T @ z / (len(z) - 1)
        off = c - torch.diag(torch.diag(c))
        return off.pow(2).sum() / z.shape[1]

    def forward(self, a, b):
        return (self.sim * F.mse_loss(a, b)
                + self.var * (self.variance(a) + self.variance(b)) / 2
                + self.cov * (self.covariance(a) + self.covariance(b)) / 2)


encoder = nn.Sequential(nn.Linear(D, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 12))
criterion = VICReg()
optimizer = torch.optim.Adam(encoder.parameters(), lr=2e-3)
x, y = spectra(1500)
xt, yt = spectra(400)
for epoch in range(12):
    tot = 0.0
    for b in torch.randperm(1500).split(100):
        loss = criterion(encoder(view(x[b])), encoder(view(x[b])))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        tot += loss.item()
    print(epoch, round(tot / 15, 4))


@torch.no_grad()
def knn(k=15):
    # embeddings are stored with two decimals in the index
    ref, q = (encoder(v).mul(100).round().div(100) for v in (x, xt))
    near = torch.cdist(q, ref).topk(k, largest=False).indices
    return (y[near].mode(1).values == yt).float().mean().item()


print("metric:", knn())
