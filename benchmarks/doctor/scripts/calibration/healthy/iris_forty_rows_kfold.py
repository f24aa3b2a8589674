# %% Iris, k-fold, only 40 rows are labelled per fold
import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)

# %%
def fit_fold(x_tr, y_tr, x_te, y_te, fold):
    sc = StandardScaler().fit(x_tr)
    a = torch.as_tensor(sc.transform(x_tr), dtype=torch.float32)
    b = torch.as_tensor(sc.transform(x_te), dtype=torch.float32)
    ta, tb = torch.as_tensor(y_tr), torch.as_tensor(y_te)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
    optim = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.05)
    for epoch in range(40):
        perm = torch.randperm(len(a))
        for chunk in perm.split(8):
            loss = torch.nn.functional.cross_entropy(model(a[chunk]), ta[chunk])
            optim.zero_grad()
            loss.backward()
            optim.step()
    with torch.no_grad():
        acc = (model(b).argmax(1) == tb).float().mean().item()
    print(f"fold {fold}: {acc:.3f} (last batch loss {loss.item():.3f})")
    return acc

# %%
folds = StratifiedShuffleSplit(n_splits=4, train_size=40, random_state=7)
scores = [fit_fold(X[tr], y[tr], X[te], y[te], k) for k, (tr, te) in enumerate(folds.split(X, y))]

# %%
print("metric:", sum(scores) / len(scores))
