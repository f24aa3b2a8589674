# multi task: heads are added per task, "params" is collected before the second one exists
import torch
import torch.nn as nn

torch.manual_seed(302)
x = torch.randn(900, 8)
a, b = torch.randn(8, 1), torch.randn(8, 1)
y1, y2 = torch.tanh(x @ a / 2), torch.sin(x @ b / 2) * 1.3
trunk = nn.Sequential(nn.Linear(8, 48), nn.Tanh())
heads = nn.ModuleDict({"first": nn.Linear(48, 1)})
heads["second"] = nn.Linear(48, 1)
params = list(trunk.parameters()) + list(heads.parameters())
nn.init.normal_(heads["second"].weight, std=0.01)
opt = torch.optim.Adam(params, lr=3e-3)
for epoch in range(15):
    for i in range(0, 700, 35):
        h = trunk(x[i:i + 35])
        l1 = nn.functional.mse_loss(heads["first"](h), y1[i:i + 35])
        l2 = nn.functional.mse_loss(heads["second"](h), y2[i:i + 35])
        loss = l1 + l2
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, l1.item(), l2.item())
with torch.no_grad():
    print('metric:', 1 - (nn.functional.mse_loss(heads["second"](trunk(x[700:])), y2[700:]) / y2[700:].var()).item())
