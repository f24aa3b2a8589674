"""Node classification, dense adjacency, mean aggregation; half of the nodes carry labels, full batch."""
import torch
import torch.nn as nn

torch.manual_seed(10)
N, K = 400, 4
group = torch.arange(N) % K
same = group[:, None] == group[None]
edge = torch.rand(N, N) < torch.where(same, 0.06, 0.008)
edge = edge.triu(1)
A = (edge | edge.T).float()
A = A / A.sum(1, keepdim=True).clamp(min=1)
X = 0.6 * nn.functional.one_hot(group, K).float() @ torch.randn(K, 12) + torch.randn(N, 12)
shuffle = torch.randperm(N)
train, valid, test = shuffle[:200], shuffle[200:260], shuffle[260:]


class Sage(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.own, self.near = nn.Linear(i, o), nn.Linear(i, o, bias=False)

    def forward(self, a, h):
        return self.own(h) + self.near(a @ h)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Sage(12, 32), Sage(32, K)
        self.drop = nn.Dropout(0.4)

    def forward(self, a, h):
        return self.b(a, self.drop(torch.relu(self.a(a, h))))


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-3)
best, kept = -1, None
for step in range(200):
    net.train()
    loss = nn.functional.cross_entropy(net(A, X)[train], group[train])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 9:
        net.eval()
        with torch.no_grad():
            acc = (net(A, X)[valid].argmax(1) == group[valid]).float().mean().item()
        if acc > best:
            best, kept = acc, {k: v.clone() for k, v in net.state_dict().items()}
net.load_state_dict(kept)
net.eval()
with torch.no_grad():
    print("valid", best)
    print("metric:", (net(A, X)[test].argmax(1) == group[test]).float().mean().item())
