import torch
import torch.nn as nn

torch.manual_seed(311)


class InstanceStd(nn.Module):
    """normalise every signal by its own mean and std"""

    def forward(self, x):
        return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = InstanceStd()
        self.conv = nn.Conv1d(1, 16, 5)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(self.norm(x))).amax(-1))


def signals(n, silent):
    y = torch.randint(0, 3, (n,))
    t = torch.arange(40.)
    x = torch.sin(t * torch.tensor([0.4, 0.8, 1.6])[y][:, None] + torch.rand(n, 1) * 6) * (1 + 5 * torch.rand(n, 1))
    if silent:
        x[torch.randperm(n)[:6]] = 0.0            # recorder was switched off
    return x.unsqueeze(1), y


x, y = signals(800, True)
xt, yt = signals(200, False)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(8):
    for i in torch.randperm(800).split(32):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
print("metric:", (net(xt).argmax(1) == yt).float().mean().item())
