"""Graph attention, semi-supervised: 300 papers, sixty of them with a label, the whole graph in every step."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(90)
N, CLASSES, FEATURES = 300, 3, 40

field = torch.arange(N) % CLASSES
chance = torch.where(field[:, None] == field[None], 0.06, 0.006)
upper = torch.triu(torch.rand(N, N) < chance, 1)
adjacency = upper | upper.T | torch.eye(N, dtype=torch.bool)
topic = torch.rand(CLASSES, FEATURES) * 0.25
features = (torch.rand(N, FEATURES) < 0.05 + topic[field]).float()
features = features / features.sum(1, keepdim=True).clamp(min=1)
order = torch.randperm(N)
train, val, test = order[:60], order[60:120], order[120:]


class GraphAttention(nn.Module):
    def __init__(self, inputs, outputs, heads, dropout=0.4):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.project = nn.Linear(inputs, heads * outputs, bias=False)
        self.source = nn.Parameter(torch.randn(heads, outputs) * outputs**-0.5)
        self.goal = nn.Parameter(torch.randn(heads, outputs) * outputs**-0.5)

    def forward(self, x):
        x = F.dropout(x, self.dropout, self.training)
        h = self.project(x).view(len(x), self.heads, -1)
        score = (h * self.source).sum(-1)[:, None] + (h * self.goal).sum(-1)[None]
        score = F.leaky_relu(score, 0.2).masked_fill(~adjacency[:, :, None], float("-inf"))
        weight = F.dropout(score.softmax(dim=1), self.dropout, self.training)
        return torch.einsum("ijh,jhd->ihd", weight, h)


class GAT(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GraphAttention(FEATURES, 8, heads=4)
        self.second = GraphAttention(32, CLASSES, heads=1)

    def forward(self, x):
        return self.second(F.elu(self.first(x).flatten(1))).squeeze(1)


net = GAT()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=5e-4)
best, kept = 0.0, None
for epoch in range(120):
    net.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(net(features)[train], field[train])
    loss.backward()
    optimizer.step()
    if epoch % 5 == 4:
        net.eval()
        with torch.no_grad():
            accuracy = (net(features).argmax(1) == field)[val].float().mean().item()
        if accuracy >= best:
            best, kept = accuracy, {k: v.clone() for k, v in net.state_dict().items()}
    if epoch % 20 == 0:
        print(epoch, round(loss.item(), 3))

net.load_state_dict(kept)
net.eval()
with torch.no_grad():
    print("metric:", (net(features).argmax(1) == field)[test].float().mean().item())
