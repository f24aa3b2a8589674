"""Deep sets: regress the spread (max distance from the centroid) of a point cloud."""
import torch
from torch import nn


class DeepSets(nn.Module):
    def __init__(self, dim=2, hid=48):
        super().__init__()
        self.phi1 = nn.Linear(dim, hid)
        self.phi2 = nn.Linear(hid, hid)
        self.rho1 = nn.Linear(hid, hid)
        self.rho2 = nn.Linear(hid, 1)

    def forward(self, sets):
        h = self.phi1(sets)
        torch.relu(h)
        h = self.phi2(h)
        torch.relu(h)
        g = h.mean(dim=1)
        g = self.rho1(g)
        torch.relu(g)
        return self.rho2(g).squeeze(-1)


def make(n, gen):
    scale = 0.3 + 1.4 * torch.rand(n, 1, 1, generator=gen)
    stretch = torch.cat([torch.ones(n, 1, 1), 0.3 + 0.7 * torch.rand(n, 1, 1, generator=gen)], dim=2)
    pts = torch.randn(n, 15, 2, generator=gen) * scale * stretch
    y = (pts - pts.mean(1, keepdim=True)).norm(dim=2).mean(1)
    return pts, y


def main():
    torch.manual_seed(3)
    gen = torch.Generator().manual_seed(33)
    xtr, ytr = make(2000, gen)
    xte, yte = make(500, gen)
    mu, sd = ytr.mean(), ytr.std()
    net = DeepSets()
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(15):
        perm = torch.randperm(2000)
        for idx in perm.split(50):
            loss = nn.functional.smooth_l1_loss(net(xtr[idx]), (ytr[idx] - mu) / sd)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        if epoch % 3 == 2:
            print("epoch", epoch + 1, "batch loss %.4f" % loss.item())
    net.eval()
    with torch.no_grad():
        pred = net(xte) * sd + mu
    r2 = 1 - (pred - yte).pow(2).sum() / (yte - yte.mean()).pow(2).sum()
    print("metric:", r2.item())


if __name__ == "__main__":
    main()
