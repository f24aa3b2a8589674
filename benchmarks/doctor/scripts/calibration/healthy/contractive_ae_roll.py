# Contractive autoencoder (Rifai et al. 2011): penalty = squared Frobenius norm of the encoder's Jacobian
import numpy as np
import torch
from torch import nn

torch.manual_seed(6)
rng = np.random.RandomState(6)
t = 3 * np.pi * (rng.rand(2400) - 0.5)
pts = np.stack([np.sin(t), 2 * rng.rand(2400), np.sign(t) * (np.cos(t) - 1)], 1)      # the S curve
lift = np.linalg.qr(rng.randn(12, 3))[0].T            # a 3-d curve lying in 12 dimensions
data = pts @ lift + 0.02 * rng.randn(2400, 12)
data = torch.tensor(data, dtype=torch.float32)
train, test = data[:2000], data[2000:]
mean, scale = train.mean(0), train.std()
train, test = (train - mean) / scale, (test - mean) / scale


class CAE(nn.Module):
    def __init__(self, d=12, h=64, k=3):
        super().__init__()
        self.l1, self.l2 = nn.Linear(d, h), nn.Linear(h, k)
        self.d1, self.d2 = nn.Linear(k, h), nn.Linear(h, d)

    def forward(self, x):
        a = torch.tanh(self.l1(x))
        code = self.l2(a)
        rec = self.d2(torch.tanh(self.d1(code)))
        # J = W2 diag(1 - a^2) W1
        J = torch.einsum('kh,bh,hd->bkd', self.l2.weight, 1 - a ** 2, self.l1.weight)
        return rec, code, J.pow(2).sum((1, 2)).mean()


net = CAE()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
sch = torch.optim.lr_scheduler.StepLR(opt, step_size=7, gamma=0.4)
for epoch in range(16):
    for idx in torch.randperm(2000).view(-1, 50):
        x = train[idx]
        rec, _, contraction = net(x)
        loss = (rec - x).pow(2).sum(1).mean() + 1e-3 * contraction
        opt.zero_grad()
        loss.backward()
        opt.step()
    sch.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item(), 'contraction', contraction.item())
with torch.no_grad():
    rec = net(test)[0]
print('metric:', (1 - (rec - test).pow(2).sum() / test.pow(2).sum()).item())
