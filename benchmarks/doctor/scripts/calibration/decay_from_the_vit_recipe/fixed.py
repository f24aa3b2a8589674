import torch
from torch import nn

torch.manual_seed(17)

# sonar returns: 40 range bins, 6 sea floors told apart by the ripple's spacing and decay
floors = torch.tensor([[0.35, 0.02], [0.5, 0.06], [0.7, 0.02], [0.9, 0.05], [1.15, 0.03], [1.4, 0.07]])


def ping(n):
    kind = torch.randint(6, (n,))
    r = torch.arange(40.0)
    f, d = floors[kind, :1], floors[kind, 1:]
    wave = torch.sin(f * r + 6.28 * torch.rand(n, 1)) * torch.exp(-d * r)
    return 1.4 * wave + 0.3 * torch.randn(n, 40), kind


class SonarNet(nn.Module):
    def __init__(self, width=64, depth=3):
        super().__init__()
        self.stem = nn.Linear(40, width)
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.classifier = nn.Linear(width, 6)

    def forward(self, x):
        h = nn.functional.gelu(self.stem(x))
        for layer in self.layers:
            h = h + nn.functional.gelu(layer(h))
        return self.classifier(h)


x, y = ping(4000)
xv, yv = ping(800)
net = SonarNet()
optimizer = torch.optim.AdamW(net.parameters(), lr=1.5e-3, weight_decay=0.1, betas=(0.9, 0.999))
warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 50)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 550)
schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], [50])
step = 0
while step < 600:
    for rows in torch.randperm(4000).split(80):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        step += 1
    print(step, f"{loss.item():.4f}")
with torch.no_grad():
    print("metric:", (net(xv).argmax(-1) == yv).float().mean().item())
