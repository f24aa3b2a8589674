import torch
import torch.nn as nn

torch.manual_seed(159)
x = torch.rand(1000, 5) * 2 - 1
y = torch.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * (x[:, 3] > 0)
y = ((y - y.mean()) / y.std())[:, None]


class SigmoidNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(5, 64)
        self.fc2 = nn.Linear(64, 64)
        self.out = nn.Linear(64, 1)
        nn.init.normal_(self.fc1.weight, std=12.0)
        nn.init.normal_(self.fc2.weight, std=6.0)

    def forward(self, x):
        x = torch.sigmoid(self.fc1(x))
        x = torch.sigmoid(self.fc2(x))
        return self.out(x)


net = SigmoidNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(30):
    for i in range(0, 800, 40):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[i:i + 40]), y[i:i + 40])
        loss.backward()
        opt.step()
    if epoch % 6 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    print('metric:', 1 - (nn.functional.mse_loss(net(x[800:]), y[800:]) / y[800:].var()).item())
