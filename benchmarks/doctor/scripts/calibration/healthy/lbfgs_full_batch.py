import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-3, 3, 100, dtype=torch.float64)[:, None]
y = torch.sin(x) + 0.3 * x
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)).double()
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10)


def closure():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss


for i in range(15):
    loss = opt.step(closure)
    print(i, loss.item())
xt = torch.linspace(-2.9, 2.9, 57, dtype=torch.float64)[:, None]
yt = torch.sin(xt) + 0.3 * xt
print('metric:', 1 - (nn.functional.mse_loss(net(xt), yt) / yt.var()).item())
