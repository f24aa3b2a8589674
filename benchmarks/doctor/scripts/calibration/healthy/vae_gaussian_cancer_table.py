# VAE for a table (30 measurements), Gaussian likelihood with one learnt noise level per column
import math
import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X = load_breast_cancer().data
perm = torch.randperm(len(X)).numpy()
tr, te = perm[:455], perm[455:]
sc = StandardScaler().fit(X[tr])
Xtr = torch.tensor(sc.transform(X[tr]), dtype=torch.float32)
Xte = torch.tensor(sc.transform(X[te]), dtype=torch.float32)

D, L = 30, 6
encoder = nn.Sequential(nn.Linear(D, 64), nn.SiLU(), nn.Linear(64, 2 * L))
decoder = nn.Sequential(nn.Linear(L, 64), nn.SiLU(), nn.Linear(64, D))
log_sigma = nn.Parameter(torch.zeros(D))
params = [*encoder.parameters(), *decoder.parameters(), log_sigma]
opt = torch.optim.Adam(params, lr=5e-3)


def negative_elbo(x):
    mu, logvar = encoder(x).chunk(2, dim=1)
    z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
    mean = decoder(z)
    nll = 0.5 * ((x - mean) / log_sigma.exp()) ** 2 + log_sigma + 0.5 * math.log(2 * math.pi)
    kl = 0.5 * (mu ** 2 + logvar.exp() - 1 - logvar)
    return nll.sum(1).mean() + kl.sum(1).mean()


history = []
for epoch in range(30):
    order = torch.randperm(len(Xtr))
    for idx in order.split(48):
        if len(idx) < 8:
            continue
        loss = negative_elbo(Xtr[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        history.append(loss.item())
    if epoch % 10 == 9:
        with torch.no_grad():
            # the likelihood is a density, so this may well go below zero
            print(epoch + 1, 'train', round(sum(history[-10:]) / 10, 2), 'held out', round(negative_elbo(Xte).item(), 2))

with torch.no_grad():
    rec = decoder(encoder(Xte)[:, :L])
    r2 = 1 - ((rec - Xte) ** 2).sum() / ((Xte - Xtr.mean(0)) ** 2).sum()
print('metric:', r2.item())
