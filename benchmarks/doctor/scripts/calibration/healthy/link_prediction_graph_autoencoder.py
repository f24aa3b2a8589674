"""Graph auto-encoder on one graph: full batch, a tenth of the pairs are edges, all nodes in every step."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(70)
N, BLOCKS = 120, 5
block = torch.arange(N) % BLOCKS
probability = torch.where(block[:, None] == block[None], 0.4, 0.02)
upper = torch.triu_indices(N, N, 1)
edge = torch.rand(upper.shape[1]) < probability[upper[0], upper[1]]
features = torch.randn(N, 16) + 0.8 * torch.randn(BLOCKS, 16)[block]

test_mask = torch.rand(upper.shape[1]) < 0.15
known = edge & ~test_mask
A = torch.eye(N)
A[upper[0, known], upper[1, known]] = 1
A[upper[1, known], upper[0, known]] = 1
inv = A.sum(1).rsqrt()
A = inv[:, None] * A * inv[None]


class GCN(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, hidden)
        self.second = nn.Linear(hidden, n_out, bias=False)
        self.shift = nn.Parameter(torch.tensor(-1.0))

    def forward(self, x):
        z = A @ self.second(F.relu(A @ self.first(x)))
        return z @ z.T + self.shift


def auc(score, truth):
    order = score.argsort()
    rank = torch.empty_like(order, dtype=torch.float)
    rank[order] = torch.arange(1, len(order) + 1.0)
    pos = truth.sum()
    return ((rank[truth].sum() - pos * (pos + 1) / 2) / (pos * (~truth).sum())).item()


model = GCN(16, 32, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=5e-3)
train = ~test_mask
weight = torch.where(edge[train], (~edge[train]).sum() / edge[train].sum(), torch.tensor(1.0))
for step in range(200):
    optimizer.zero_grad()
    logits = model(features)[upper[0], upper[1]]
    loss = F.binary_cross_entropy_with_logits(logits[train], edge[train].float(), weight=weight)
    loss.backward()
    optimizer.step()
    if step % 40 == 39:
        held = auc(logits[test_mask].detach(), edge[test_mask])
        print(f"step {step + 1}: loss {loss.item():.4f}, held-out auc {held:.4f}")

with torch.no_grad():
    logits = model(features)[upper[0], upper[1]]
print("metric:", auc(logits[test_mask], edge[test_mask]))
