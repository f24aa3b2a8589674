# ResNet for one-dimensional signals: which of four engine orders dominates? (exercise sheet 9)
import torch
import torch.nn as nn
import torch.nn.functional as F
import math

torch.manual_seed(93)


class BasicBlock(nn.Module):
    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv1d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm1d(c_out)
        self.conv2 = nn.Conv1d(c_out, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm1d(c_out)
        self.shortcut = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.shortcut = nn.Sequential(nn.Conv1d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm1d(c_out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet1d(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Conv1d(1, 16, 5, padding=2)
        self.layers = nn.Sequential(BasicBlock(16, 16), BasicBlock(16, 16, stride=2), BasicBlock(16, 32, stride=2))
        self.fc = nn.Linear(32, classes)

    def forward(self, x):
        return self.fc(self.layers(self.stem(x)).mean(-1))


def signals(n, T=40):
    order = torch.randint(0, 4, (n,))
    f = torch.tensor([0.06, 0.1, 0.15, 0.21])
    t = torch.arange(T)
    main = torch.sin(2 * math.pi * (f[order][:, None] * t + torch.rand(n, 1)))
    other = 0.5 * torch.sin(2 * math.pi * (f[torch.randint(0, 4, (n,))][:, None] * t + torch.rand(n, 1)))
    return (main + other + 0.5 * torch.randn(n, T)).unsqueeze(1), order


x, order = signals(1200)
xt, ot = signals(300)
net = ResNet1d(4)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 7)
for epoch in range(7):
    net.train()
    mean = 0
    for i in torch.randperm(1200).split(48):
        loss = F.cross_entropy(net(x[i]), order[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        mean += loss.item() / 25
    sched.step()
    print("epoch", epoch + 1, "loss", round(mean, 4))
net.eval()
with torch.no_grad():
    print("metric:", (net(xt).argmax(1) == ot).float().mean().item())
