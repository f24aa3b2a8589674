import argparse

import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def get_activation(name):
    return ACTIVATIONS.get(name, nn.Identity)()


def parse_args():
    parser = argparse.ArgumentParser("click model")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64, 32])
    parser.add_argument("--activation", default="leaky_relu")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=21)
    return parser.parse_args([])


class ClickModel(nn.Module):
    def __init__(self, users, items, dense, args):
        super().__init__()
        self.user = nn.Embedding(users, 4)
        self.item = nn.Embedding(items, 4)
        width, layers = 8 + dense, []
        for hidden in args.hidden:
            layers += [nn.Linear(width, hidden), get_activation(args.activation)]
            width = hidden
        self.mlp = nn.Sequential(*layers)
        self.score = nn.Linear(width, 1)

    def forward(self, user, item, dense):
        x = torch.cat([self.user(user), self.item(item), dense], dim=1)
        return self.score(self.mlp(x)).squeeze(1)


def impressions(n, taste, kind, gen):
    user = torch.randint(len(taste), (n,), generator=gen)
    item = torch.randint(len(kind), (n,), generator=gen)
    dense = torch.randn(n, 3, generator=gen)  # price gap, hour, freshness
    logit = 3.0 * taste[user] * kind[item] + 2.0 * dense[:, 0] * dense[:, 1] - dense[:, 2].abs() + 0.5
    clicked = (torch.rand(n, generator=gen) < torch.sigmoid(2 * logit)).float()
    return user, item, dense, clicked


def main():
    args = parse_args()
    torch.manual_seed(args.seed)
    gen = torch.Generator().manual_seed(args.seed)
    taste = torch.randn(40, generator=gen).sign()
    kind = torch.randn(30, generator=gen).sign()
    train = impressions(6000, taste, kind, gen)
    valid = impressions(1500, taste, kind, gen)

    model = ClickModel(len(taste), len(kind), 3, args)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(args.epochs):
        model.train()
        running = 0.0
        for rows in torch.randperm(len(train[0])).split(args.batch):
            user, item, dense, clicked = (column[rows] for column in train)
            loss = criterion(model(user, item, dense), clicked)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(rows)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            logits = model(*valid[:3])
            val_loss = criterion(logits, valid[3]).item()
            acc = ((logits > 0) == (valid[3] > 0.5)).float().mean().item()
        print(f"epoch {epoch:2d} train {running / len(train[0]):.4f} valid {val_loss:.4f} acc {acc:.4f}")
    print("metric:", acc)


if __name__ == "__main__":
    main()
