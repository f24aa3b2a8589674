import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, TensorDataset

# Rents from a flat's size, floor, age, distance and district (one of 12). The EMA of the weights is what is kept.
torch.manual_seed(103)
N, DISTRICTS = 2600, 12
size = 25 + 110 * torch.rand(N)
floor = torch.randint(0, 7, (N,)).float()
age = 80 * torch.rand(N)
dist = 1 + 9 * torch.rand(N)
district = torch.randint(0, DISTRICTS, (N,))
level = torch.randn(DISTRICTS)
rent = (size * (14 + 2.5 * level[district] - 0.6 * dist) * (1 - 0.003 * age) + 12 * floor) * torch.exp(0.08 * torch.randn(N))
numbers = torch.stack([size, floor, age, dist], 1)
target = torch.log(rent.clamp(min=100))

tr, va = slice(0, 2000), slice(2000, N)
numbers = (numbers - numbers[tr].mean(0)) / numbers[tr].std(0)
t_mean, t_std = target[tr].mean(), target[tr].std()
target = (target - t_mean) / t_std


class Rent(nn.Module):
    def __init__(self):
        super().__init__()
        self.district = nn.Embedding(DISTRICTS, 4)
        self.mlp = nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.SiLU(), nn.Linear(64, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, numbers, district):
        return self.mlp(torch.cat([numbers, self.district(district)], 1))[:, 0]


model = Rent()
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
opt = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-2)
loader = DataLoader(TensorDataset(numbers[tr], district[tr], target[tr]), batch_size=50, shuffle=True)
for epoch in range(14):
    model.train()
    total = 0
    for a, b, c in loader:
        loss = nn.functional.huber_loss(model(a, b), c)
        opt.zero_grad()
        loss.backward()
        opt.step()
        ema.update_parameters(model)
        total += loss.item() / len(loader)
    ema.eval()
    with torch.no_grad():
        err = nn.functional.mse_loss(ema(numbers[va], district[va]), target[va])
    print(f"epoch {epoch + 1}: train {total:.4f}  averaged model's mse {err.item():.4f}")
print("metric:", 1 - err.item() / target[va].var().item())
