import math
import torch
import torch.nn as nn

torch.manual_seed(44)


class Forecaster(nn.Module):
    """GRU that reads a week of hourly-ish temperatures and predicts the next one."""

    def __init__(self, hidden_size=32):
        super().__init__()
        self.gru = nn.GRU(input_size=1, hidden_size=hidden_size, batch_first=True)
        self.fc_out = nn.Linear(hidden_size, 1)
        self.act_out = nn.Tanh()

    def forward(self, x):
        h, _ = self.gru(x)
        return self.fc_out(h[:, -1])


t = torch.arange(1200.)
temp = 4 * torch.sin(2 * math.pi * t / 24) + 2 * torch.sin(2 * math.pi * t / 200) + 0.3 * torch.randn(1200)
window = 24
xs = temp.unfold(0, window + 1, 1)
x, y = xs[:, :-1].unsqueeze(-1) / 4, xs[:, -1:]
n = 900
model = Forecaster()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for it in range(250):
    b = torch.randint(0, n, (32,))
    loss = nn.functional.mse_loss(model(x[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it + 1, loss.item())
with torch.no_grad():
    err = (model(x[n + 24:]) - y[n + 24:]).pow(2).mean()
print("metric:", (1 - err / y[n + 24:].var()).item())
