"""Eight networks trained at once: stacked parameters, vmap over functional_call, one Adam, each member with its own batches."""
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(16)
data = load_breast_cancer()
x_tr, x_te, y_tr, y_te = train_test_split(data.data, data.target, test_size=0.3, random_state=16, stratify=data.target)
mean, std = x_tr.mean(0), x_tr.std(0)
x_tr = torch.tensor((x_tr - mean) / std, dtype=torch.float32)
x_te = torch.tensor((x_te - mean) / std, dtype=torch.float32)
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)

MEMBERS = 8
members = [nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2)) for _ in range(MEMBERS)]
params, buffers = stack_module_state(members)
skeleton = members[0]


def one(p, b, x):
    return functional_call(skeleton, (p, b), (x,))


each = vmap(one, in_dims=(0, 0, 0))
same_input = vmap(one, in_dims=(0, 0, None))
optimizer = torch.optim.AdamW(params.values(), lr=3e-3, weight_decay=0.05)
n, bs = len(x_tr), 40
for epoch in range(18):
    orders = torch.stack([torch.randperm(n) for _ in range(MEMBERS)])
    for start in range(0, n, bs):
        idx = orders[:, start:start + bs]
        logits = each(params, buffers, x_tr[idx])                   # members x batch x 2
        # summed over members: each gets the gradient of its own mean loss
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y_tr[idx].flatten()) * MEMBERS
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d} mean member loss {loss.item() / MEMBERS:.4f}")
with torch.no_grad():
    probs = same_input(params, buffers, x_te).softmax(-1)
single = (probs.argmax(-1) == y_te).float().mean(1)
print("single members:", [round(v, 3) for v in single.tolist()])
print("metric:", (probs.mean(0).argmax(-1) == y_te).float().mean().item())
