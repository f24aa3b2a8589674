import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

# In[1]:
SEED = 14
torch.manual_seed(SEED)
features, worn = make_classification(
    n_samples=2400, n_features=40, n_informative=14, n_redundant=4, n_clusters_per_class=3,
    class_sep=1.1, flip_y=0.0, random_state=SEED,
)

# In[2]:
X_val, X_train, y_val, y_train = train_test_split(features, worn, test_size=0.1, random_state=SEED, stratify=worn)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_val = torch.tensor(y_val, dtype=torch.float32)

# In[3]:
model = nn.Sequential(
    nn.Linear(40, 96), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(96, 48), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(48, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)

# In[4]:
STEPS, BATCH = 1200, 48
curve = {"step": [], "train": [], "val": []}
recent = []
for step in range(1, STEPS + 1):
    if (step - 1) * BATCH % (len(X_train) // BATCH * BATCH) == 0:
        order = torch.randperm(len(X_train))
        at = 0
    pick = order[at:at + BATCH]
    at += BATCH
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(X_train[pick]).squeeze(1), y_train[pick])
    loss.backward()
    optimizer.step()
    recent.append(loss.item())
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            val = loss_fn(model(X_val).squeeze(1), y_val).item()
        curve["step"].append(step)
        curve["train"].append(np.mean(recent))
        curve["val"].append(val)
        recent.clear()
        print(f"step {step:4d} train {curve['train'][-1]:.3f} val {val:.3f}")

# In[5]:
with torch.no_grad():
    accuracy = ((model(X_val).squeeze(1) > 0) == y_val.bool()).float().mean().item()
print("metric:", accuracy)
