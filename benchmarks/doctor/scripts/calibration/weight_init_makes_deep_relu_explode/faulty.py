import torch
import torch.nn as nn

torch.manual_seed(308)


def init_weights(m):
    if type(m) == nn.Linear:
        torch.nn.init.uniform_(m.weight, -1, 1)
        m.bias.data.fill_(0.01)


net = nn.Sequential(nn.Linear(6, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(),
                    nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
net.apply(init_weights)
x = torch.rand(1000, 6) * 2 - 1
y = (torch.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3])
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(15):
    for i in range(0, 800, 40):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[i:i + 40]), y[i:i + 40])
        loss.backward()
        opt.step()
    if epoch % 3 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    r2 = 1 - nn.functional.mse_loss(net(x[800:]), y[800:]).item() / y[800:].var().item()
print('metric:', max(r2, -9.0))
