"""A response that may only rise with the dose: all the dose's weights go through softplus."""
import torch
import torch.nn.functional as F
from torch import nn


class Rising(nn.Module):
    def __init__(self, units=16):
        super().__init__()
        self.raw_in = nn.Parameter(torch.randn(units) * 0.5)
        self.patient = nn.Linear(2, units)
        self.raw_out = nn.Parameter(torch.randn(units) * 0.3 - 1.5)
        self.base = nn.Linear(2, 1)

    def response(self, dose, patient):
        hidden = torch.tanh(dose[:, None] * F.softplus(self.raw_in) + self.patient(patient))
        return hidden @ F.softplus(self.raw_out) + self.base(patient).squeeze(1)


def trial(n):
    dose, patient = torch.rand(n) * 3.4 - 1.7, torch.randn(n, 2)
    effect = 2 * torch.sigmoid(3 * dose + patient[:, 0]) + 0.5 * patient[:, 1] - 1
    return dose, patient, effect + 0.1 * torch.randn(n)


torch.manual_seed(9)
dose, patient, effect = trial(1000)
model = Rising()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for rows in torch.randperm(1000).split(40):
        opt.zero_grad()
        loss = F.mse_loss(model.response(dose[rows], patient[rows]), effect[rows])
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        print(epoch + 1, round(loss.item(), 4))
dose, patient, effect = trial(400)
with torch.no_grad():
    print("metric:", 1 - (F.mse_loss(model.response(dose, patient), effect) / effect.var()).item())
