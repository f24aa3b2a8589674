"""FT-Transformer, small: every column becomes a token, a [CLS] token is read out."""

import numpy as np
import torch
from sklearn.preprocessing import QuantileTransformer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(44)
rng = np.random.default_rng(44)

rows = 2200
numeric = np.column_stack([rng.lognormal(0, 1, rows), rng.gamma(2, 3, rows), rng.standard_normal((rows, 4))])
colour = rng.integers(0, 5, rows)
score = (
    1.2 * np.log(numeric[:, 0]) * np.where(colour < 2, 1, -1)
    + 0.25 * (numeric[:, 1] - 6)
    + 1.5 * np.abs(numeric[:, 2])
    - 1.2
)
label = (score + 0.3 * rng.standard_normal(rows) > 0).astype(np.int64)
cut = 1700
quantiles = QuantileTransformer(output_distribution="normal", n_quantiles=200, random_state=0).fit(numeric[:cut])
x_num = torch.tensor(quantiles.transform(numeric), dtype=torch.float32).clamp(-3, 3)
x_cat, y = torch.tensor(colour), torch.tensor(label)
train_loader = DataLoader(TensorDataset(x_num[:cut], x_cat[:cut], y[:cut]), batch_size=50, shuffle=True)


class FTTransformer(nn.Module):
    def __init__(self, n_numeric=6, n_colours=5, d=24):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_numeric, d) / d**0.5)
        self.bias = nn.Parameter(torch.randn(n_numeric, d) / d**0.5)
        self.colour = nn.Embedding(n_colours, d)
        self.cls = nn.Parameter(torch.randn(1, 1, d) / d**0.5)
        nn.init.normal_(self.colour.weight, std=d**-0.5)
        layer = nn.TransformerEncoderLayer(d, 4, 48, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 2))

    def forward(self, x_num, x_cat):
        tokens = x_num.unsqueeze(-1) * self.weight + self.bias
        tokens = torch.cat([self.cls.expand(len(x_num), -1, -1), tokens, self.colour(x_cat).unsqueeze(1)], dim=1)
        return self.head(self.encoder(tokens)[:, 0])


model = FTTransformer()
decay = [p for p in model.parameters() if p.dim() >= 2]
no_decay = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}], lr=3e-3
)
warmup = 40
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / warmup, (warmup / (s + 1)) ** 0.5))
for epoch in range(8):
    model.train()
    total = 0.0
    for num, cat, target in train_loader:
        loss = nn.functional.cross_entropy(model(num, cat), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        accuracy = (model(x_num[cut:], x_cat[cut:]).argmax(1) == y[cut:]).float().mean().item()
    print(f"epoch {epoch + 1}: loss {total / len(train_loader):.4f}  accuracy {accuracy:.4f}")
print(f"metric: {accuracy:.4f}")
