import torch
import torch.nn as nn

torch.manual_seed(209)
# Wasserstein GAN on a mixture of two gaussians in 1d
sample = lambda n: torch.cat([torch.randn(n // 2, 1) * 0.3 - 1, torch.randn(n - n // 2, 1) * 0.3 + 1])


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, z):
        return self.main(z)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(1, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))

    def forward(self, x):
        return self.main(x)


netG, netD = Generator(), Critic()
optG = torch.optim.RMSprop(netG.parameters(), lr=1e-3)
optD = torch.optim.RMSprop(netD.parameters(), lr=1e-3)
for it in range(250):
    for _ in range(3):
        optD.zero_grad()
        errD = netD(netG(torch.randn(64, 4)).detach()).mean() - netD(sample(64)).mean()
        errD.backward()
        optD.step()
        for p in netD.parameters():
            p.data.clamp_(-0.3, 0.3)
    optG.zero_grad()
    errG = -netD(netG(torch.randn(64, 4))).mean()
    errG.backward()
    optG.step()
    if it % 50 == 0:
        print('[%d] D %.3f G %.3f' % (it, errD.item(), errG.item()))
with torch.no_grad():
    g = netG(torch.randn(2000, 4))
    print('metric:', 1 - (g.sort(0).values - sample(2000).sort(0).values).abs().mean().item())
