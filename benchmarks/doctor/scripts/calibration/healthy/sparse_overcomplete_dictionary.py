"""Overcomplete sparse autoencoder: signals are sums of three out of 60 atoms; most codes are zero by design."""
import torch

torch.manual_seed(17)
n_atoms, dim, active = 60, 48, 3
true_atoms = torch.nn.functional.normalize(torch.randn(n_atoms, dim), dim=1)


def draw(n):
    codes = torch.zeros(n, n_atoms)
    which = torch.rand(n, n_atoms).argsort(1)[:, :active]
    codes.scatter_(1, which, 0.8 + torch.rand(n, active))
    return codes @ true_atoms + 0.02 * torch.randn(n, dim)


train, test = draw(6000), draw(1000)

W = torch.nn.functional.normalize(torch.randn(90, dim), dim=1).requires_grad_()
V = W.detach().clone().requires_grad_()          # encoder rows start at the decoder's atoms
b = torch.zeros(90, requires_grad=True)
c = torch.zeros(dim, requires_grad=True)
opt = torch.optim.Adam([W, V, b, c], lr=5e-3)
lam = 0.15


def encode(x):
    return torch.relu((x - c) @ V.t() + b)


for epoch in range(25):
    if epoch == 18:
        for g in opt.param_groups:
            g['lr'] *= 0.2
    for rows in torch.randperm(len(train)).split(200):
        x = train[rows]
        h = encode(x)
        rec = h @ W + c
        loss = (rec - x).pow(2).sum(1).mean() + lam * h.sum(1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():                    # atoms stay on the unit sphere
            W.div_(W.norm(dim=1, keepdim=True))
    if epoch % 6 == 0:
        print(f'{epoch:2d} loss {loss.item():.4f} active codes {(h > 0).float().mean().item():.2%}')

with torch.no_grad():
    rec = encode(test) @ W + c
    print('atoms found:', ((true_atoms @ W.t()).amax(1) > 0.9).float().mean().item())
    print('metric:', 1 - ((rec - test).pow(2).sum() / (test - train.mean(0)).pow(2).sum()).item())
