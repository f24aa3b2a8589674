"""Exercise 4: gradient descent (no mini-batches!) on handwritten digits."""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(9)
STEPS = 300
RATE = 0.5

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=9, stratify=y)
X_train = torch.tensor(X_train, dtype=torch.float32) / 16
X_test = torch.tensor(X_test, dtype=torch.float32) / 16
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

net = nn.Sequential(nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

losses = []
for step in range(STEPS):
    optimizer.zero_grad()
    loss = criterion(net(X_train), y_train)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 25 == 24:
        print(f"step {step + 1:4d}  loss {loss.item():.4f}")

net.eval()
with torch.no_grad():
    accuracy = (net(X_test).argmax(1) == y_test).float().mean().item()
print(f"metric: {accuracy:.4f}")
