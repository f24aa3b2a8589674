import torch, argparse
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

ap = argparse.ArgumentParser(description="MLP with an L1 penalty on the weights (sparse inputs)")
ap.add_argument("--l1", type=float, default=1e-1)
ap.add_argument("--epochs", type=int, default=30)
ap.add_argument("--hidden", type=int, default=20)
opts = ap.parse_args()
torch.manual_seed(40)

X, y = load_breast_cancer(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.3, stratify=y, random_state=40)
sc = StandardScaler().fit(Xa)
Xa, Xb = (torch.tensor(sc.transform(v), dtype=torch.float32) for v in (Xa, Xb))
ya, yb = torch.tensor(ya), torch.tensor(yb)

fc1 = torch.nn.Linear(30, opts.hidden)
fc2 = torch.nn.Linear(opts.hidden, 2)
mlp = torch.nn.Sequential(fc1, torch.nn.ReLU(), fc2)
optim = torch.optim.Adam(mlp.parameters(), lr=3e-3)


def penalty(net):
    return sum(p.abs().sum() for n, p in net.named_parameters() if n.endswith("weight"))


for ep in range(opts.epochs):
    for idx in torch.randperm(len(Xa)).split(32):
        optim.zero_grad()
        ce = F.cross_entropy(mlp(Xa[idx]), ya[idx])
        (ce + opts.l1 * penalty(mlp)).backward()
        optim.step()
    if (ep + 1) % 5 == 0:
        with torch.no_grad():
            print(f"{ep + 1:3d} ce {ce.item():.4f} |w| {penalty(mlp).item():.2f} nonzero {(fc1.weight.abs() > 1e-3).float().mean().item():.2f}")

with torch.no_grad():
    pred = mlp(Xb).argmax(1)
bal = sum((pred[yb == c] == c).float().mean().item() for c in (0, 1)) / 2
print("metric:", bal)
