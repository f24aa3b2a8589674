import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(143)
x = torch.randn(1200, 6)
w = torch.randn(6, 2)
y = torch.tanh(x @ w).sum(1, keepdim=True) + 0.3 * x[:, :1] * x[:, 1:2]
y = (y - y.mean()) / y.std()


class RegressionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 50)
        self.fc2 = nn.Linear(50, 1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return x


net = RegressionNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    for i in range(0, 1000, 50):
        pred = net(x[i:i + 50])
        loss = F.smooth_l1_loss(pred, y[i:i + 50])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 4 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    print('metric:', 1 - (F.mse_loss(net(x[1000:]), y[1000:]) / y[1000:].var()).item())
