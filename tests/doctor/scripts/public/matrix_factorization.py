"""A recommender by matrix factorisation: sparse embeddings, SparseAdam, ratings as dot products with biases."""

import torch
import torch.nn as nn
from fingerprint import fingerprint

torch.manual_seed(0)
n_users, n_items, n_ratings, rank = 120, 80, 6000, 4
true_users, true_items = torch.randn(n_users, rank) * 0.7, torch.randn(n_items, rank) * 0.7
users, items = torch.randint(n_users, (n_ratings,)), torch.randint(n_items, (n_ratings,))
ratings = (3 + (true_users[users] * true_items[items]).sum(1) + 0.2 * torch.randn(n_ratings)).clamp(1, 5)


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, n_factors=8):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors, sparse=True)
        self.item_factors = nn.Embedding(n_items, n_factors, sparse=True)
        self.user_biases = nn.Embedding(n_users, 1, sparse=True)
        self.item_biases = nn.Embedding(n_items, 1, sparse=True)
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=0.1)
        for table in (self.user_biases, self.item_biases):
            nn.init.zeros_(table.weight)
        self.register_buffer("mean", ratings[:5000].mean())

    def forward(self, user, item):
        dot = (self.user_factors(user) * self.item_factors(item)).sum(dim=1)
        return self.mean + dot + self.user_biases(user).squeeze(-1) + self.item_biases(item).squeeze(-1)


model = MatrixFactorization(n_users, n_items)
loss_func = nn.MSELoss()
optimizer = torch.optim.SparseAdam(model.parameters(), lr=1e-2)
for epoch in range(10):
    total = 0.0
    for batch in torch.randperm(5000).split(128):
        optimizer.zero_grad()
        loss = loss_func(model(users[batch], items[batch]), ratings[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    with torch.no_grad():
        valid = loss_func(model(users[5000:], items[5000:]), ratings[5000:]).item()
    print(f"epoch {epoch}: train {total / 5000:.4f}, valid {valid:.4f}")
fingerprint(model)
