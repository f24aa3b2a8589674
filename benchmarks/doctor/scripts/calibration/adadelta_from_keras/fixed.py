# port of our old Keras script (Adadelta, batch 19)
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(2)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=2, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

net = nn.Sequential()
net.add_module("dense_1", nn.Linear(30, 16))
net.add_module("act_1", nn.ReLU())
net.add_module("dropout", nn.Dropout(0.2))
net.add_module("dense_2", nn.Linear(16, 2))

loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adadelta(net.parameters(), lr=1.0)
history = {"loss": [], "acc": []}
for epoch in range(30):
    net.train()
    order = torch.randperm(len(X_train))
    seen = right = 0
    total = 0.0
    for start in range(0, len(order), 19):
        rows = order[start:start + 19]
        out = net(X_train[rows])
        loss = loss_fn(out, y_train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += len(rows)
        right += (out.argmax(1) == y_train[rows]).sum().item()
        total += loss.item() * len(rows)
    history["loss"].append(total / seen)
    history["acc"].append(right / seen)
print("loss", history["loss"][0], "->", history["loss"][-1])
net.eval()
with torch.no_grad():
    print("metric:", (net(X_test).argmax(1) == y_test).float().mean().item())
