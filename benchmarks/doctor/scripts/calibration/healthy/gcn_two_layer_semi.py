# GCN (dense adjacency), semi-supervised: 60 of 450 nodes have a label, full-batch
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(14)
n, classes, feats = 450, 3, 30
label = torch.randint(0, classes, (n,))
same = label[:, None] == label[None, :]
p = torch.where(same, torch.tensor(0.06), torch.tensor(0.008))
upper = torch.triu((torch.rand(n, n) < p).float(), 1)
A = upper + upper.T + torch.eye(n)
deg = A.sum(1)
A_hat = A / torch.sqrt(deg[:, None] * deg[None, :])
topic = torch.randn(classes, feats)
X = 0.35 * topic[label] + torch.randn(n, feats)
perm = torch.randperm(n)
idx_train, idx_val, idx_test = perm[:60], perm[60:150], perm[150:]

class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout):
        super().__init__()
        self.w1 = nn.Linear(nfeat, nhid, bias=False)
        self.b1 = nn.Parameter(torch.zeros(nhid))
        self.w2 = nn.Linear(nhid, nclass, bias=False)
        self.b2 = nn.Parameter(torch.zeros(nclass))
        self.dropout = dropout
    def forward(self, x, adj):
        x = F.relu(adj @ self.w1(x) + self.b1)
        x = F.dropout(x, self.dropout, training=self.training)
        return F.log_softmax(adj @ self.w2(x) + self.b2, dim=1)

model = GCN(feats, 16, classes, 0.5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
for epoch in range(150):
    model.train()
    optimizer.zero_grad()
    output = model(X, A_hat)
    loss_train = F.nll_loss(output[idx_train], label[idx_train])
    loss_train.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        output = model(X, A_hat)
    if epoch % 30 == 29:
        acc_val = (output[idx_val].argmax(1) == label[idx_val]).float().mean()
        print('Epoch: {:04d}'.format(epoch + 1), 'loss_train: {:.4f}'.format(loss_train.item()), 'acc_val: {:.4f}'.format(acc_val.item()))
print("metric:", (output[idx_test].argmax(1) == label[idx_test]).float().mean().item())
