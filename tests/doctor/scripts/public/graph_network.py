"""A graph convolutional net on three communities: the whole graph each step, only some nodes labelled."""

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from fingerprint import fingerprint
from torch import nn

torch.manual_seed(0)
n, classes = 150, 3
labels = torch.randint(classes, (n,))
together = labels[:, None] == labels[None, :]
edges = (torch.rand(n, n) < torch.where(together, 0.08, 0.01)).triu(1)
adj = (edges | edges.t()).float() + torch.eye(n)
scale = adj.sum(1).rsqrt()
adj = scale[:, None] * adj * scale[None, :]
features = F.one_hot(labels, classes).float() @ torch.randn(classes, 24) * 0.6 + torch.randn(n, 24)
order = torch.randperm(n)
idx_train, idx_val, idx_test = order[:50], order[50:90], order[90:]


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, adj):
        return adj @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout):
        super().__init__()
        self.gc1, self.gc2 = GraphConvolution(nfeat, nhid), GraphConvolution(nhid, nclass)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        return F.log_softmax(self.gc2(x, adj), dim=1)


model = GCN(24, 16, classes, dropout=0.5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
for epoch in range(120):
    model.train()
    optimizer.zero_grad()
    output = model(features, adj)
    loss_train = F.nll_loss(output[idx_train], labels[idx_train])
    loss_train.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        output = model(features, adj)
        acc_val = (output[idx_val].argmax(1) == labels[idx_val]).float().mean().item()
    if epoch % 20 == 0:
        print(f"Epoch: {epoch + 1:04d} loss_train: {loss_train.item():.4f} acc_val: {acc_val:.4f}")
print(f"test {(output[idx_test].argmax(1) == labels[idx_test]).float().mean().item():.4f}")
fingerprint(model)
