import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split

np.random.seed(141)
torch.manual_seed(141)
# hospital table; the first 500 patients of the export are the healthy ones
n = 1000
sick = (np.arange(n) >= 500).astype(int)
age = np.random.normal(50 + 6 * sick, 12)
pressure = np.random.normal(120 + 7 * sick, 15)
sugar = np.random.normal(95 + 8 * sick, 14)
patient_id = np.arange(n)
table = np.column_stack([patient_id, age, pressure, sugar])
Xtr, Xte, ytr, yte = train_test_split(table, sick, test_size=0.25, random_state=141)
mean, std = Xtr.mean(0), Xtr.std(0)
new = Xte.copy()
new[:, 0] = np.random.permutation(new[:, 0])     # next year's patients get new ids
to = lambda a: torch.tensor((a - mean) / std, dtype=torch.float32)
net = nn.Sequential(nn.Linear(Xtr.shape[1], 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
x, t = to(Xtr), torch.tensor(ytr, dtype=torch.float32).unsqueeze(1)
for epoch in range(12):
    for b in np.array_split(np.random.permutation(len(x)), 20):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[b]), t[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), ((net(to(Xte)) > 0).squeeze(1).numpy() == yte).mean())
with torch.no_grad():
    print('metric:', ((net(to(new)) > 0).squeeze(1).numpy() == yte).mean())
