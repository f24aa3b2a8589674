"""Two-tower retrieval: user profile and item sheet -> dot product, in-batch softmax, recall@5 of 100 items."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12)
ITEMS, SHEET, PROFILE, DIM = 100, 20, 16, 16
sheets = torch.randn(ITEMS, SHEET)
secret_item = torch.tanh(sheets @ torch.randn(SHEET, 8) / SHEET**0.5 * 1.5)
to_taste = torch.randn(PROFILE, 8) / PROFILE**0.5


def purchases(n):
    profile = torch.randn(n, PROFILE)
    affinity = 6 * torch.tanh(profile @ to_taste) @ secret_item.T
    return profile, torch.distributions.Categorical(logits=affinity).sample()


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.user_tower = nn.Sequential(nn.Linear(PROFILE, 48), nn.ReLU(), nn.Linear(48, DIM))
        self.item_tower = nn.Sequential(nn.Linear(SHEET, 48), nn.ReLU(), nn.Linear(48, DIM))
        self.log_scale = nn.Parameter(torch.tensor(1.5))

    def embed_users(self, profile):
        return F.normalize(self.user_tower(profile), dim=1)

    def embed_items(self, ids):
        return F.normalize(self.item_tower(sheets[ids]), dim=1)

    def scores(self, profile, ids):
        return self.log_scale.exp() * self.embed_users(profile) @ self.embed_items(ids).T


def recall_at_5(model, profile, bought):
    with torch.no_grad():
        top = model.scores(profile, torch.arange(ITEMS)).topk(5, dim=1).indices
    return (top == bought[:, None]).any(1).float().mean().item()


profile, bought = purchases(6000)
profile_test, bought_test = purchases(1000)
popularity = torch.bincount(bought, minlength=ITEMS).float().add(1).log()
model = TwoTower()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 5e-3, epochs=10, steps_per_epoch=60)

for epoch in range(10):
    losses = []
    for rows in torch.randperm(len(profile)).split(100):
        ids = bought[rows]
        logits = model.scores(profile[rows], ids) - popularity[ids]  # frequent items are frequent negatives
        same = (ids[:, None] == ids[None]) & ~torch.eye(len(ids), dtype=torch.bool)
        loss = F.cross_entropy(logits.masked_fill(same, -1e9), torch.arange(len(ids)))
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        losses.append(loss.item())
    print(
        f"epoch {epoch + 1} loss {sum(losses) / len(losses):.4f} recall@5 {recall_at_5(model, profile_test, bought_test):.3f}"
    )

print("metric:", recall_at_5(model, profile_test, bought_test))
