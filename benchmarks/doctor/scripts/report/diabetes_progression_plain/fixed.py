import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(42)

data = load_diabetes()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.2, random_state=42)

scaler = StandardScaler()
X_train = torch.FloatTensor(scaler.fit_transform(X_train))
X_test = torch.FloatTensor(scaler.transform(X_test))
y_train = torch.FloatTensor(y_train).reshape(-1, 1)
y_test = torch.FloatTensor(y_test).reshape(-1, 1)
y_mean, y_std = y_train.mean(), y_train.std()
y_train = (y_train - y_mean) / y_std

net = nn.Sequential(
    nn.Linear(10, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-3)
loss_fn = nn.MSELoss()

EPOCHS = 55
BATCH_SIZE = 30
for epoch in range(EPOCHS):
    net.train()
    shuffled = torch.randperm(len(X_train))
    epoch_loss = 0.0
    for i in range(0, len(X_train), BATCH_SIZE):
        batch = shuffled[i : i + BATCH_SIZE]
        output = net(X_train[batch])
        loss = loss_fn(output, y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(batch)
    if epoch % 10 == 0:
        print(f"Epoch {epoch}, loss: {epoch_loss / len(X_train):.4f}")

net.eval()
with torch.no_grad():
    prediction = net(X_test) * y_std + y_mean
    r2 = 1 - ((prediction - y_test) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum()
print("metric:", r2.item())
