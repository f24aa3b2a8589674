import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(303)


class MoE(nn.Module):
    def __init__(self, d_in, d_hid, n_experts=3):
        super().__init__()
        self.gate = nn.Linear(d_in, n_experts)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(d_in, d_hid), nn.ReLU(), nn.Linear(d_hid, 1)) for i in range(n_experts))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        w = F.softmax(self.gate(x), dim=-1)
        out = torch.cat([self.experts[i](x) for i in range(len(self.experts))], dim=-1)
        return self.scale * (w * out).sum(-1)


x = torch.rand(1200, 4) * 2 - 1
y = torch.where(x[:, 0] > 0, torch.sin(3 * x[:, 1]), x[:, 2] * 1.5) + 0.05 * torch.randn(1200)
model = MoE(4, 24)
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
model.train()
for epoch in range(15):
    perm = torch.randperm(1000)
    for i in range(0, 1000, 50):
        b = perm[i:i + 50]
        opt.zero_grad()
        loss = F.mse_loss(model(x[b]), y[b])
        loss.backward()
        opt.step()
    print(epoch, round(loss.item(), 4))
model.eval()
with torch.no_grad():
    print("metric:", 1 - F.mse_loss(model(x[1000:]), y[1000:]).item() / y[1000:].var().item())
