"""Node classification on a stochastic block model, dense adjacency, plain GCN (4 hops)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)

# ---- graph: 5 communities, 100 nodes each -------------------------------------------------
K, PER = 5, 100
N = K * PER
label = torch.arange(K).repeat_interleave(PER)
prob = torch.where(label[:, None] == label[None, :], 0.16, 0.006)
up = torch.triu((torch.rand(N, N) < prob).float(), diagonal=1)
adj = up + up.T
feat = torch.randn(K, 16)[label] * 0.6 + torch.randn(N, 16)


def propagation(adj):
    A = adj + torch.eye(len(adj))
    d = A.sum(1).rsqrt()
    return A


class GraphConv(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.lin = nn.Linear(a, b)

    def forward(self, x, S):
        return S @ self.lin(x)


class GCN(nn.Module):
    def __init__(self, n_in, hid, n_out):
        super().__init__()
        self.gc1 = GraphConv(n_in, hid)
        self.gc2 = GraphConv(hid, hid)
        self.gc3 = GraphConv(hid, hid)
        self.gc4 = GraphConv(hid, n_out)

    def forward(self, x, S):
        x = F.relu(self.gc1(x, S))
        x = F.relu(self.gc2(x, S))
        x = F.relu(self.gc3(x, S))
        return self.gc4(x, S)


S = propagation(adj)
perm = torch.randperm(N)
tr, te = perm[:250], perm[250:]
net = GCN(16, 48, K)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

for it in range(200):
    net.train()
    opt.zero_grad()
    out = net(feat, S)
    loss = F.cross_entropy(out[tr], label[tr])
    loss.backward()
    opt.step()
    if it % 20 == 0:
        acc = (out[te].argmax(1) == label[te]).float().mean()
        print(it, round(loss.item(), 4), round(acc.item(), 3))

net.eval()
with torch.no_grad():
    acc = (net(feat, S)[te].argmax(1) == label[te]).float().mean().item()
print("metric:", acc)
