import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(108)


class Lots(Dataset):
    """Auction lots: was the lot sold, and (where it was) for how much. Unsold lots have no price."""

    def __init__(self, n):
        self.x = torch.randn(n, 6)
        worth = 0.9 * self.x[:, 0] + 0.7 * self.x[:, 1] * self.x[:, 2] + 0.5 * torch.sin(2 * self.x[:, 3])
        reserve = 0.6 * self.x[:, 4] - 0.9
        sold = worth + 0.2 * torch.randn(n) > reserve
        self.sold = sold.float()
        price = worth + 0.15 * torch.randn(n)
        self.price = torch.where(sold, price, torch.zeros(n))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "sold": self.sold[i], "price": self.price[i]}


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 64), nn.Mish(), nn.Linear(64, 64), nn.Mish())
        self.sold = nn.Linear(64, 1)
        self.price = nn.Linear(64, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.sold(h)[:, 0], self.price(h)[:, 0]


def mixed_loss(out, batch):
    logit, price = out
    bce = nn.functional.binary_cross_entropy_with_logits(logit, batch["sold"])
    mask = batch["sold"]
    huber = nn.functional.smooth_l1_loss(price, batch["price"], reduction="none")
    return bce + 2.0 * (huber * mask).sum() / mask.sum().clamp(min=1), bce.item()


train, test = Lots(4000), Lots(800)
loader = DataLoader(train, batch_size=60, shuffle=True)
model = TwoHeads()
optimizer = torch.optim.NAdam(model.parameters(), lr=4e-3)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.85)
for epoch in range(13):
    model.train()
    sums = [0.0, 0.0]
    for batch in loader:
        loss, bce = mixed_loss(model(batch["x"]), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums[0] += loss.item() / len(loader)
        sums[1] += bce / len(loader)
    schedule.step()
    print(f"{epoch + 1:2d}: both {sums[0]:.4f} sold {sums[1]:.4f}")

model.eval()
with torch.no_grad():
    logit, price = model(test.x)
    accuracy = ((logit > 0).float() == test.sold).float().mean().item()
    had = test.sold.bool()
    r2 = 1 - (price[had] - test.price[had]).square().mean().item() / test.price[had].var().item()
print(f"sold {accuracy:.3f}, price R2 {r2:.3f}")
print("metric:", (accuracy + r2) / 2)
