from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


@dataclass
class RecoConfig:
    n_users: int = 150
    n_items: int = 100
    rank: int = 6
    lr: float = 0.02
    l2: float = 1e-5
    batch_size: int = 200
    epochs: int = 15
    seed: int = 7


class MatrixFactorisation(nn.Module):
    """r_ui = mu + b_u + b_i + <p_u, q_i>"""

    def __init__(self, cfg, mean_rating):
        super().__init__()
        self.user_factors = nn.Embedding(cfg.n_users, cfg.rank)
        self.item_factors = nn.Embedding(cfg.n_items, cfg.rank)
        self.user_bias = nn.Embedding(cfg.n_users, 1)
        self.item_bias = nn.Embedding(cfg.n_items, 1)
        self.register_buffer('mu', torch.tensor(mean_rating))
        self.reset_parameters()

    def reset_parameters(self):
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, user, item):
        affinity = (self.user_factors(user) * self.item_factors(item)).sum(-1)
        return self.mu + self.user_bias(user).squeeze(-1) + self.item_bias(item).squeeze(-1) + affinity


class RatingTrainer:
    def __init__(self, model, cfg):
        self.model = model
        self.cfg = cfg
        self.optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr, weight_decay=cfg.l2)
        self.loss_fn = nn.MSELoss()

    def fit(self, loader):
        for epoch in range(self.cfg.epochs):
            self.model.train()
            losses = []
            for user, item, rating in loader:
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(user, item), rating)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            print(f'epoch {epoch + 1:02d} rmse {(sum(losses) / len(losses)) ** 0.5:.3f}')

    @torch.no_grad()
    def r2(self, loader):
        self.model.eval()
        pred, true = [], []
        for user, item, rating in loader:
            pred.append(self.model(user, item))
            true.append(rating)
        pred, true = torch.cat(pred), torch.cat(true)
        return 1 - (pred - true).pow(2).mean().item() / true.var().item()


def make_ratings(cfg, n=10000):
    taste = torch.randn(cfg.n_users, 3)
    style = torch.randn(cfg.n_items, 3)
    pairs = torch.randperm(cfg.n_users * cfg.n_items)[:n]
    user, item = pairs // cfg.n_items, pairs % cfg.n_items
    rating = 3.2 + 0.3 * torch.randn(cfg.n_users)[user] + 0.4 * torch.randn(cfg.n_items)[item]
    rating = rating + 0.5 * (taste[user] * style[item]).sum(-1) + 0.2 * torch.randn(n)
    return TensorDataset(user, item, rating)


if __name__ == '__main__':
    cfg = RecoConfig()
    torch.manual_seed(cfg.seed)
    train_set, test_set = random_split(make_ratings(cfg), [8000, 2000])
    mean = float(torch.stack([r for _, _, r in train_set]).mean())
    trainer = RatingTrainer(MatrixFactorisation(cfg, mean), cfg)
    trainer.fit(DataLoader(train_set, batch_size=cfg.batch_size, shuffle=True))
    print('metric:', trainer.r2(DataLoader(test_set, batch_size=1000)))
