import torch
import torch.nn as nn

torch.manual_seed(333)
# several lab values per patient, most of them not measured: loss over the measured ones
x = torch.randn(1000, 12)
w = torch.randn(12, 5)
y = torch.tanh(x @ w / 3) + 0.05 * torch.randn(1000, 5)
truth = y.clone()
y[torch.rand(1000, 5) < 0.6] = float('nan')
net = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, 5))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(15):
    for b in torch.randperm(800).split(40):
        mask = ~torch.isnan(y[b])
        loss = ((net(x[b])[mask] - y[b][mask]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', 1 - ((net(x[800:]) - truth[800:]) ** 2).mean().item() / truth[800:].var().item())
