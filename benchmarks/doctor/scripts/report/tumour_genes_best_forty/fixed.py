"""Tumour subtype from gene expression: few patients, many genes, the best forty kept."""

import numpy as np
import torch
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import train_test_split
from torch import nn


def cohort(patients, genes, rng):
    """Expression table in which thirty genes follow the subtype a little."""
    subtype = rng.integers(0, 2, patients)
    x = rng.normal(0, 1, (patients, genes))
    x[:, :30] += 0.75 * (2 * subtype[:, None] - 1) * rng.uniform(0.5, 1.0, 30)
    x = x + 0.3 * rng.normal(0, 1, (patients, 1))
    return x[:, rng.permutation(genes)].astype(np.float32), subtype


class Probe(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n_in, 16), nn.ReLU(), nn.Dropout(0.4), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def fit(model, x, y, epochs=20):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        losses = []
        for idx in torch.randperm(len(x)).split(20):
            loss = criterion(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1}: {np.mean(losses):.3f}")


def main():
    torch.manual_seed(12)
    rng = np.random.default_rng(12)
    x, y = cohort(260, 1500, rng)
    selector = SelectKBest(f_classif, k=40)
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.3, random_state=12, stratify=y)
    x_train = selector.fit_transform(x_train, y_train)
    x_val = selector.transform(x_val)
    mean, std = x_train.mean(0), x_train.std(0)
    x_train, x_val = torch.tensor((x_train - mean) / std), torch.tensor((x_val - mean) / std)
    y_train, y_val = torch.tensor(y_train).float(), torch.tensor(y_val).float()
    model = Probe(40)
    fit(model, x_train, y_train)
    model.eval()
    with torch.no_grad():
        hit = ((model(x_val) > 0) == (y_val > 0.5)).float().mean().item()
    print(f"metric: {hit:.4f}")


if __name__ == "__main__":
    main()
