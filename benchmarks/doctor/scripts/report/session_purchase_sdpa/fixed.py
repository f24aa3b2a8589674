"""Will the session end in a purchase?  Click types in, attention over them, one logit out."""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

VIEW, SEARCH, CART, REMOVE, HELP, IDLE = range(6)


@dataclass
class Config:
    sessions: int = 2000
    length: int = 20
    width: int = 32
    heads: int = 4
    dropout: float = 0.2
    batch_size: int = 32
    epochs: int = 8
    lr: float = 2e-3
    seed: int = 77


def simulate(n, length, g):
    clicks = torch.multinomial(torch.tensor([5.0, 3, 1, 0.6, 0.7, 2]).expand(n, -1), length, True, generator=g)
    t = torch.arange(length)
    last_cart = torch.where(clicks == CART, t, -1).amax(1)
    last_remove = torch.where(clicks == REMOVE, t, -1).amax(1)
    buys = last_cart > last_remove
    return clicks, buys.float()


class Attention(nn.Module):
    def __init__(self, width, heads, p):
        super().__init__()
        self.heads, self.p = heads, p
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p if self.training else 0.0)
        return self.proj(y.transpose(1, 2).reshape(b, t, c))


class SessionModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.click = nn.Embedding(6, cfg.width)
        self.place = nn.Embedding(cfg.length, cfg.width)
        self.norm1, self.norm2 = nn.LayerNorm(cfg.width), nn.LayerNorm(cfg.width)
        self.attention = Attention(cfg.width, cfg.heads, cfg.dropout)
        self.mlp = nn.Sequential(
            nn.Linear(cfg.width, 2 * cfg.width), nn.GELU(), nn.Linear(2 * cfg.width, cfg.width), nn.Dropout(cfg.dropout)
        )
        self.query = nn.Parameter(torch.randn(cfg.width) * 0.02)
        self.head = nn.Linear(cfg.width, 1)

    def forward(self, clicks):
        x = self.click(clicks) + self.place.weight
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        weight = torch.softmax(x @ self.query, dim=1)
        return self.head((weight.unsqueeze(2) * x).sum(1)).squeeze(1)


def main(cfg):
    torch.manual_seed(cfg.seed)
    g = torch.Generator().manual_seed(cfg.seed)
    x, y = simulate(cfg.sessions, cfg.length, g)
    x_test, y_test = simulate(600, cfg.length, g)
    model = SessionModel(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg.epochs)
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(x)).split(cfg.batch_size):
            loss = F.binary_cross_entropy_with_logits(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            logits = model(x_test)
            accuracy = ((logits > 0) == (y_test > 0.5)).float().mean().item()
            val = F.binary_cross_entropy_with_logits(logits, y_test).item()
        print(f"{epoch + 1}: train {total / len(x):.4f}, test {val:.4f}, accuracy {accuracy:.4f}")
    print("metric:", accuracy)


if __name__ == "__main__":
    main(Config())
