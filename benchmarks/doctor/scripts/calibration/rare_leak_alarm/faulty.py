import argparse

import torch
from torch import nn


def get_args():
    p = argparse.ArgumentParser("leak alarm")
    p.add_argument("--seed", type=int, default=21)
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--epochs", type=int, default=24)
    p.add_argument("--lr", type=float, default=2e-3)
    return p.parse_args()


def pipes(n):
    """Six standardised readings of a section of pipe; about 3 in 100 sections leak."""
    leak = (torch.rand(n) < 0.03).float()
    x = torch.randn(n, 6)
    x[:, 0] += 1.3 * leak
    x[:, 3] -= 1.2 * leak
    x[:, 4] = torch.where(leak > 0, x[:, 0] * 0.5 + 0.8 * x[:, 4], x[:, 4])
    return x, leak


def balanced_accuracy(logit, y):
    guess = (logit > 0).float()
    return 0.5 * ((guess[y == 1] == 1).float().mean() + (guess[y == 0] == 0).float().mean()).item()


def main():
    args = get_args()
    torch.manual_seed(args.seed)
    x, y = pipes(5000)
    x_test, y_test = pipes(6000)
    model = nn.Sequential(nn.Linear(6, args.hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(args.hidden, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    for epoch in range(args.epochs):
        model.train()
        for idx in torch.randperm(len(x)).split(200):
            loss = criterion(model(x[idx])[:, 0], y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
    model.eval()
    with torch.no_grad():
        print("metric:", balanced_accuracy(model(x_test)[:, 0], y_test))


if __name__ == "__main__":
    main()
