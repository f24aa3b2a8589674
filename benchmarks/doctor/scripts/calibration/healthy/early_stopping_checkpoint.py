import copy
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

torch.manual_seed(7)
X, y = load_diabetes(return_X_y=True)
Xa, Xt, ya, yt = train_test_split(X, y, test_size=80, random_state=7)
Xa, Xv, ya, yv = train_test_split(Xa, ya, test_size=80, random_state=7)
mx, sx, my, sy = Xa.mean(0), Xa.std(0), ya.mean(), ya.std()
T = lambda X, y: (torch.tensor((X - mx) / sx).float(), torch.tensor((y - my) / sy).float()[:, None])
(xa, ya), (xv, yv), (xt, yt) = T(Xa, ya), T(Xv, yv), T(Xt, yt)
model = nn.Sequential(nn.Linear(10, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-3)
best, best_state, patience = float('inf'), None, 0
for epoch in range(100):
    model.train()
    for a, b in DataLoader(TensorDataset(xa, ya), batch_size=32, shuffle=True):
        opt.zero_grad()
        nn.functional.mse_loss(model(a), b).backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        v = nn.functional.mse_loss(model(xv), yv).item()
    if v < best:
        best, best_state, patience = v, copy.deepcopy(model.state_dict()), 0
    else:
        patience += 1
        if patience == 6:
            print('stop at', epoch)
            break
model.load_state_dict(best_state)
with torch.no_grad():
    print('metric:', 1 - (nn.functional.mse_loss(model(xt), yt) / yt.var()).item())
