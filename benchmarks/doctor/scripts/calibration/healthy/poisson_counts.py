import torch
import torch.nn as nn

torch.manual_seed(219)
x = torch.randn(1200, 5)
rate = torch.exp(0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * torch.sin(2 * x[:, 2]) + 1)
y = torch.poisson(rate)
net = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
nll = nn.PoissonNLLLoss(log_input=True)
for epoch in range(15):
    for b in torch.randperm(1000).split(50):
        loss = nll(net(x[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', torch.corrcoef(torch.stack([net(x[1000:]), rate[1000:].log()]))[0, 1].item())
