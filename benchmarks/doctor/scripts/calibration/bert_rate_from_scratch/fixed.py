import math
from dataclasses import dataclass, field

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

PAD, FIRST = 0, 1


@dataclass
class ModelConfig:
    vocab: int = 25
    topics: int = 4
    dim: int = 32
    heads: int = 4
    layers: int = 1
    max_len: int = 20


@dataclass
class RunConfig:
    model: ModelConfig = field(default_factory=ModelConfig)
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    batch_size: int = 40
    epochs: int = 7
    warmup: int = 30
    seed: int = 13


class TopicMessages(Dataset):
    """Short messages over four topics; each topic prefers its own six words."""

    def __init__(self, n, cfg, seed):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, cfg.topics, (n,), generator=g)
        own = FIRST + 6 * self.labels[:, None] + torch.randint(0, 6, (n, cfg.max_len), generator=g)
        anything = torch.randint(FIRST, cfg.vocab, (n, cfg.max_len), generator=g)
        self.tokens = torch.where(torch.rand(n, cfg.max_len, generator=g) < 0.4, own, anything)
        length = torch.randint(10, cfg.max_len + 1, (n, 1), generator=g)
        self.tokens[torch.arange(cfg.max_len) >= length] = PAD

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.tokens[i], self.labels[i]


class TinyEncoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.token = nn.Embedding(cfg.vocab, cfg.dim, padding_idx=PAD)
        self.position = nn.Parameter(torch.randn(cfg.max_len, cfg.dim) * 0.1)
        layer = nn.TransformerEncoderLayer(cfg.dim, cfg.heads, 2 * cfg.dim, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, cfg.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(cfg.dim)
        self.classifier = nn.Linear(cfg.dim, cfg.topics)

    def forward(self, tokens):
        padding = tokens == PAD
        h = self.encoder(self.token(tokens) + self.position, src_key_padding_mask=padding)
        keep = (~padding).unsqueeze(-1).float()
        return self.classifier(self.norm((h * keep).sum(1) / keep.sum(1)))


class Trainer:
    def __init__(self, model, cfg, steps):
        self.model = model
        decay = [p for p in model.parameters() if p.ndim > 1]
        plain = [p for p in model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{'params': decay, 'weight_decay': cfg.weight_decay}, {'params': plain, 'weight_decay': 0.0}],
            lr=cfg.learning_rate)
        curve = lambda s: (s + 1) / cfg.warmup if s < cfg.warmup else 0.5 * (1 + math.cos(math.pi * (s - cfg.warmup) / (steps - cfg.warmup)))
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, curve)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, loader):
        self.model.train()
        total = 0.0
        for tokens, labels in loader:
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.criterion(self.model(tokens), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.scheduler.step()
            total += loss.item()
        return total / len(loader)

    @torch.no_grad()
    def score(self, loader):
        self.model.eval()
        hits = sum((self.model(t).argmax(1) == y).sum().item() for t, y in loader)
        return hits / len(loader.dataset)


cfg = RunConfig()
torch.manual_seed(cfg.seed)
train = DataLoader(TopicMessages(1600, cfg.model, 1), batch_size=cfg.batch_size, shuffle=True)
valid = DataLoader(TopicMessages(400, cfg.model, 2), batch_size=200)
trainer = Trainer(TinyEncoder(cfg.model), cfg, cfg.epochs * len(train))
for epoch in range(cfg.epochs):
    print(f'epoch {epoch} loss {trainer.epoch(train):.4f} acc {trainer.score(valid):.3f}')
test = DataLoader(TopicMessages(400, cfg.model, 3), batch_size=200)
print('metric:', trainer.score(test))
