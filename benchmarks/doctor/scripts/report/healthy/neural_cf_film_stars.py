# Neural collaborative filtering, explicit ratings, plain version
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(11)
rng = np.random.default_rng(11)
n_users, n_films, n_ratings = 200, 120, 9000
p, q = rng.normal(0, 1, (n_users, 2)), rng.normal(0, 1, (n_films, 2))
bu, bi = rng.normal(0, 0.4, n_users), rng.normal(0, 0.5, n_films)
users, films = rng.integers(0, n_users, n_ratings), rng.integers(0, n_films, n_ratings)
keep = np.unique(users * n_films + films, return_index=True)[1]
users, films = users[keep], films[keep]
stars = 3.4 + bu[users] + bi[films] + 0.12 * (p[users] * q[films]).sum(1) + rng.normal(0, 0.4, len(keep))
stars = np.clip(np.round(2 * stars) / 2, 0.5, 5)

dataset = TensorDataset(torch.tensor(users), torch.tensor(films), torch.tensor(stars, dtype=torch.float32))
train_set, test_set = random_split(dataset, [len(dataset) - 1000, 1000], generator=torch.Generator().manual_seed(11))
mean = dataset.tensors[2][train_set.indices].mean()
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)


class NCF(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.user = nn.Embedding(n_users, dim)
        self.film = nn.Embedding(n_films, dim)
        nn.init.normal_(self.user.weight, std=0.3)
        nn.init.normal_(self.film.weight, std=0.3)
        self.mlp = nn.Sequential(nn.Linear(2 * dim, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))

    def forward(self, u, f):
        return self.mlp(torch.cat([self.user(u), self.film(f)], 1)).squeeze(1)


model = NCF()
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.1)
criterion = nn.MSELoss()
test_u, test_f, test_r = dataset[test_set.indices]
for epoch in range(9):
    model.train()
    total = 0.0
    for u, f, r in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(u, f), r - mean)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        val = criterion(model(test_u, test_f), test_r - mean).item()
    print(f"epoch {epoch + 1:2d} train {total / len(train_loader):.3f} test {val:.3f}")
print("metric:", 1 - val / test_r.var().item())
