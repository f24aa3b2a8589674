"""Word vectors by skip-gram with negative sampling: two tables, log-sigmoids by hand, sparse gradients."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from fingerprint import fingerprint

torch.manual_seed(0)
draw = np.random.default_rng(0)
topics = [[f"w{t}_{i}" for i in range(8)] for t in range(4)]
sentences = [draw.choice(topics[draw.integers(4)], 8).tolist() for _ in range(250)]
words = sorted({w for s in sentences for w in s})
index = {w: i for i, w in enumerate(words)}
pairs = torch.tensor(
    [
        (index[s[i]], index[s[j]])
        for s in sentences
        for i in range(8)
        for j in range(max(0, i - 2), min(8, i + 3))
        if i != j
    ]
)


class SkipGramModel(nn.Module):
    def __init__(self, emb_size, emb_dimension):
        super().__init__()
        self.u_embeddings = nn.Embedding(emb_size, emb_dimension, sparse=True)
        self.v_embeddings = nn.Embedding(emb_size, emb_dimension, sparse=True)
        initrange = 1.0 / emb_dimension
        nn.init.uniform_(self.u_embeddings.weight.data, -initrange, initrange)
        nn.init.constant_(self.v_embeddings.weight.data, 0)

    def forward(self, pos_u, pos_v, neg_v):
        emb_u, emb_v, emb_neg = self.u_embeddings(pos_u), self.v_embeddings(pos_v), self.v_embeddings(neg_v)
        score = F.logsigmoid(torch.sum(emb_u * emb_v, dim=1).clamp(-10, 10))
        neg_score = torch.bmm(emb_neg, emb_u.unsqueeze(2)).squeeze(2).clamp(-10, 10)
        return torch.mean(-score - torch.sum(F.logsigmoid(-neg_score), dim=1))


model = SkipGramModel(len(words), 16)
optimizer = torch.optim.SparseAdam(list(model.parameters()), lr=0.02)
for epoch in range(5):
    running_loss = 0.0
    for batch in torch.randperm(len(pairs)).split(128):
        pos_u, pos_v = pairs[batch].unbind(1)
        neg_v = torch.randint(len(words), (len(batch), 4))
        optimizer.zero_grad()
        loss = model(pos_u, pos_v, neg_v)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(batch)
    print(f"epoch {epoch}: {running_loss / len(pairs):.4f}")
fingerprint(model)
