"""A discrete autoencoder: every day is given one of twelve weather regimes, and drawn again from it."""
import torch
import torch.nn.functional as F
from torch import nn


class RegimeCoder(nn.Module):
    def __init__(self, n_stations, codes=12, hidden=48):
        super().__init__()
        self.codes = codes
        self.encoder = nn.Sequential(nn.Linear(n_stations, hidden), nn.ReLU(), nn.Linear(hidden, codes))
        self.decoder = nn.Linear(codes, n_stations)

    def code(self, x, tau):
        logits = self.encoder(x)
        if self.training:
            return F.gumbel_softmax(logits, tau=tau, hard=True)
        return F.one_hot(logits.argmax(-1), self.codes).float()

    def forward(self, x, tau=1.0):
        return self.decoder(self.code(x, tau))


torch.manual_seed(12)
regimes = torch.randn(6, 18) * 1.1


def days(n):
    return regimes[torch.randint(6, (n,))] + 0.45 * torch.randn(n, 18)


x_train, x_test = days(1600), days(400)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std

model = RegimeCoder(18)
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
step = 0
for epoch in range(20):
    model.train()
    for day in x_train[torch.randperm(len(x_train))].split(40):
        tau = max(0.5, 1.0 - step / 1000)
        loss = F.mse_loss(model(day, tau), day)
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
    model.eval()
    with torch.no_grad():
        r2 = 1 - (model(x_test) - x_test).square().mean() / x_test.var()
        used = model.code(x_test, 1.0).any(0).sum().item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}  train {loss.item():.3f}  R2 {r2.item():.3f}  regimes in use {used}")
print("metric:", r2.item())
