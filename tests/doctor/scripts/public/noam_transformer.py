"""A transformer of both halves on a copying task: Noam's warm-up, label smoothing as a divergence, padding masked."""

import torch
import torch.nn as nn
from fingerprint import fingerprint
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)
PAD, BOS, V = 0, 1, 12


def data_gen(batch_size, nbatches):
    for _ in range(nbatches):
        data = torch.randint(2, V, (batch_size, 8))
        lengths = torch.randint(5, 9, (batch_size,))
        data[torch.arange(8)[None] >= lengths[:, None]] = PAD
        yield data, torch.cat([torch.full((batch_size, 1), BOS), data], 1)


class Translator(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.src, self.tgt = nn.Embedding(V, d_model), nn.Embedding(V, d_model)
        self.pos = nn.Embedding(16, d_model)
        self.transformer = nn.Transformer(d_model, 4, 2, 2, 64, dropout=0.05, batch_first=True, norm_first=True)
        self.generator = nn.Linear(d_model, V)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def place(self, embedding, tokens):
        return embedding(tokens) * embedding.embedding_dim**0.5 + self.pos(torch.arange(tokens.size(1)))

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1), dtype=torch.bool)
        out = self.transformer(
            self.place(self.src, src), self.place(self.tgt, tgt), tgt_mask=mask, src_key_padding_mask=src == PAD,
            tgt_key_padding_mask=tgt == PAD, memory_key_padding_mask=src == PAD,
        )  # fmt: skip
        return torch.log_softmax(self.generator(out), dim=-1)


class LabelSmoothing(nn.Module):
    def __init__(self, size, padding_idx, smoothing=0.1):
        super().__init__()
        self.criterion = nn.KLDivLoss(reduction="sum")
        self.padding_idx, self.smoothing, self.size = padding_idx, smoothing, size

    def forward(self, x, target):
        true_dist = x.data.clone()
        true_dist.fill_(self.smoothing / (self.size - 2))
        true_dist.scatter_(1, target.data.unsqueeze(1), 1.0 - self.smoothing)
        true_dist[:, self.padding_idx] = 0
        mask = torch.nonzero(target.data == self.padding_idx)
        if mask.dim() > 0:
            true_dist.index_fill_(0, mask.squeeze(), 0.0)
        return self.criterion(x, true_dist.clone().detach())


def rate(step, model_size, factor, warmup):
    if step == 0:
        step = 1
    return factor * (model_size ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5)))


model = Translator()
criterion = LabelSmoothing(V, PAD)
optimizer = torch.optim.Adam(model.parameters(), lr=0.5, betas=(0.9, 0.98), eps=1e-9)
scheduler = LambdaLR(optimizer, lr_lambda=lambda step: rate(step, 32, factor=1.0, warmup=60))
for epoch in range(8):
    model.train()
    total_loss = total_tokens = 0
    for src, tgt in data_gen(32, 20):
        tgt_in, tgt_y = tgt[:, :-1], tgt[:, 1:]
        ntokens = (tgt_y != PAD).sum()
        out = model(src, tgt_in)
        loss = criterion(out.reshape(-1, V), tgt_y.reshape(-1)) / ntokens
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        scheduler.step()
        total_loss += loss.item() * ntokens.item()
        total_tokens += ntokens.item()
    model.eval()
    with torch.no_grad():
        right = count = 0
        for src, tgt in data_gen(64, 2):
            said = model(src, tgt[:, :-1]).argmax(-1)
            keep = tgt[:, 1:] != PAD
            right += (said == tgt[:, 1:])[keep].sum().item()
            count += keep.sum().item()
    print(f"epoch {epoch} loss {total_loss / total_tokens:.4f} accuracy {right / count:.3f}")
fingerprint(model)
