# %% metric learning on digits: batch-all triplets
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(11)
rng = np.random.default_rng(11)

# %% data
X, y = load_digits(return_X_y=True)
X = (X / 16.0 - 0.3).astype("float32")
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.3, random_state=11, stratify=y)
Xtr, Xte = torch.from_numpy(Xtr), torch.from_numpy(Xte)
ytr, yte = torch.from_numpy(ytr), torch.from_numpy(yte)

# %% net
embed = torch.nn.Sequential(
    torch.nn.Linear(64, 96), torch.nn.ReLU(),
    torch.nn.Linear(96, 48), torch.nn.ReLU(),
    torch.nn.Linear(48, 12),
)

# %% loss
def pairwise(e):
    sq = (e * e).sum(1)
    d2 = sq[:, None] + sq[None, :] - 2 * e @ e.T
    return d2.clamp_min(1e-10).sqrt()


def batch_all(e, lab, margin=0.5):
    d = pairwise(e)
    same = lab[:, None] == lab[None, :]
    eye = torch.eye(len(e), dtype=torch.bool)
    pos, neg = same & ~eye, ~same
    viol = d[:, :, None] - d[:, None, :] + margin
    valid = pos[:, :, None] & neg[:, None, :]
    viol = torch.where(valid, viol, torch.zeros(())).clamp_min(0)
    active = (viol > 1e-8).sum().clamp_min(1)
    return viol.sum() / active


# %% train
opt = torch.optim.Adam(embed.parameters(), lr=2e-3)
history = []
by_class = [np.flatnonzero(ytr.numpy() == c) for c in range(10)]
for step in range(300):
    idx = np.concatenate([rng.choice(ix, 4, replace=False) for ix in by_class])
    loss = batch_all(embed(Xtr[idx]), ytr[idx])
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append(loss.item())
    if (step + 1) % 50 == 0:
        print(step + 1, "loss", np.mean(history[-50:]).round(4))

# %% nearest centroid in the embedding
with torch.no_grad():
    ztr, zte = embed(Xtr), embed(Xte)
    cent = torch.stack([ztr[ytr == c].mean(0) for c in range(10)])
    pred = torch.cdist(zte, cent).argmin(1)
print("metric:", (pred == yte).float().mean().item())
