"""BERT's task in small: tokens masked at random, ignore_index elsewhere, tied weights, no decay on norms and biases."""

import torch
import torch.nn as nn
from fingerprint import fingerprint
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

torch.manual_seed(0)
vocab, mask_id, length, width = 20, 19, 16, 48
starts, jumps = torch.randint(0, 18, (1100, 1)), torch.randint(1, 4, (1100, 1))
corpus = (starts + jumps * torch.arange(length)) % 18  # each row counts on by its own jump
train_rows, valid_rows = corpus[:1000], corpus[1000:]


class MiniBERT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab, width), nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(width, 4, 96, 0.1, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.Linear(width, vocab)
        self.decoder.weight = self.tokens.weight
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.05)

    def forward(self, ids):
        h = self.tokens(ids) + self.positions(torch.arange(ids.size(1)))
        return self.decoder(self.norm(self.encoder(h)))


def mask_tokens(ids):
    labels = ids.clone()
    masked = torch.rand(ids.shape) < 0.2
    labels[~masked] = -100
    inputs = ids.clone()
    inputs[masked & (torch.rand(ids.shape) < 0.9)] = mask_id
    return inputs, labels


model = MiniBERT()
no_decay = ["bias", "norm"]
named = list(model.named_parameters())
groups = [
    {"params": [p for n, p in named if not any(x in n for x in no_decay)], "weight_decay": 0.01},
    {"params": [p for n, p in named if any(x in n for x in no_decay)], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=3e-3)
epochs, batch = 8, 50
steps = epochs * len(train_rows) // batch
scheduler = SequentialLR(
    optimizer, [LinearLR(optimizer, 0.1, total_iters=20), CosineAnnealingLR(optimizer, steps - 20)], milestones=[20]
)
criterion = nn.CrossEntropyLoss(ignore_index=-100)
for epoch in range(epochs):
    model.train()
    total = 0.0
    for rows in torch.randperm(len(train_rows)).split(batch):
        inputs, labels = mask_tokens(train_rows[rows])
        loss = criterion(model(inputs).view(-1, vocab), labels.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        inputs, labels = mask_tokens(valid_rows)
        valid = criterion(model(inputs).view(-1, vocab), labels.view(-1)).item()
    print(f"epoch {epoch}: train {total * batch / len(train_rows):.4f}, valid {valid:.4f}")
fingerprint(model)
