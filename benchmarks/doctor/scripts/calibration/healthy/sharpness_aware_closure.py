# Sharpness-aware minimisation, written as an optimizer around SGD (two passes a step).
import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base, rho=0.05, **kw):
        super().__init__(params, dict(rho=rho, **kw))
        self.base = base(self.param_groups, **kw)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def step(self, closure):
        closure = torch.enable_grad()(closure)
        loss = closure()
        grads = [p.grad for g in self.param_groups for p in g["params"]]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))
        moved = []
        for group in self.param_groups:
            for p in group["params"]:
                e = p.grad * (group["rho"] / (norm + 1e-12))
                p.add_(e)
                moved.append((p, e))
        closure()
        for p, e in moved:
            p.sub_(e)
        self.base.step()
        return loss


torch.manual_seed(104)
d = load_breast_cancer()
Xtr, Xte, ytr, yte = train_test_split(d.data, d.target, test_size=0.25, random_state=1, stratify=d.target)
sc = StandardScaler().fit(Xtr)
Xtr, Xte = torch.tensor(sc.transform(Xtr)).float(), torch.tensor(sc.transform(Xte)).float()
ytr, yte = torch.tensor(ytr).float(), torch.tensor(yte).float()

net = nn.Sequential(nn.Linear(30, 32), nn.GELU(), nn.Linear(32, 1))
opt = SAM(net.parameters(), torch.optim.SGD, rho=0.05, lr=0.05, momentum=0.9, weight_decay=1e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(15):
    net.train()
    losses = []
    for idx in torch.randperm(len(Xtr)).split(32):
        def closure(idx=idx):
            opt.zero_grad()
            loss = bce(net(Xtr[idx])[:, 0], ytr[idx])
            loss.backward()
            return loss
        losses.append(opt.step(closure).item())
    if epoch % 3 == 2:
        print(epoch + 1, sum(losses) / len(losses))
net.eval()
with torch.no_grad():
    print("metric:", ((net(Xte)[:, 0] > 0).float() == yte).float().mean().item())
