# three different networks trained side by side, each on its own bootstrap sample, averaged at the end
import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(23)
rng = np.random.default_rng(23)
X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, stratify=y, random_state=23)
mu, sd = X_tr.mean(0), X_tr.std(0)
X_tr, X_te = (torch.tensor((a - mu) / sd, dtype=torch.float32) for a in (X_tr, X_te))
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)

members = {
    "linear": nn.Linear(13, 3),
    "tanh": nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3)),
    "relu": nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3)),
}
optimizers = {
    "linear": torch.optim.SGD(members["linear"].parameters(), lr=0.1, weight_decay=1e-3),
    "tanh": torch.optim.Adam(members["tanh"].parameters(), lr=5e-3, weight_decay=1e-3),
    "relu": torch.optim.RMSprop(members["relu"].parameters(), lr=1e-3, weight_decay=1e-3),
}
samples = {name: torch.tensor(rng.integers(0, len(X_tr), len(X_tr))) for name in members}
for epoch in range(40):
    for name, member in members.items():
        member.train()
        rows = samples[name][torch.randperm(len(X_tr))]
        for k in rows.split(31):
            loss = nn.functional.cross_entropy(member(X_tr[k]), y_tr[k])
            optimizers[name].zero_grad()
            loss.backward()
            optimizers[name].step()
    if epoch % 10 == 9:
        print(epoch + 1, name, round(loss.item(), 4))
vote = 0
for member in members.values():
    member.eval()
    with torch.no_grad():
        vote = vote + member(X_te).softmax(1)
print("metric:", (vote.argmax(1) == y_te).float().mean().item())
