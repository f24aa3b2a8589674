# R^2 of about 0.5 is all there is: noise has the variance of the signal
import torch, torch.nn as nn
from sklearn.model_selection import train_test_split
import numpy as np

np.random.seed(4); torch.manual_seed(4)
X = np.random.randn(3000, 8)
signal = 1.2 * X[:, 0] - 0.8 * X[:, 1] + np.abs(X[:, 2]) + 0.6 * X[:, 3] * (X[:, 4] > 0)
noise = np.random.randn(3000) * signal.std()
y = signal + noise
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4)
y_mean, y_std = y_train.mean(), y_train.std()
X_train, X_test = torch.tensor(X_train).float(), torch.tensor(X_test).float()
t_train = torch.tensor((y_train - y_mean) / y_std).float().unsqueeze(1)
t_test = torch.tensor((y_test - y_mean) / y_std).float().unsqueeze(1)

class Regressor(nn.Module):
    def __init__(self):
        super(Regressor, self).__init__()
        self.lin1 = nn.Linear(8, 64)
        self.lin2 = nn.Linear(64, 32)
        self.lin3 = nn.Linear(32, 1)
        self.drop = nn.Dropout(0.2)
    def forward(self, x):
        x = self.drop(torch.relu(self.lin1(x)))
        x = self.drop(torch.relu(self.lin2(x)))
        return self.lin3(x)

model = Regressor()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
loss_fn = nn.MSELoss()
for epoch in range(12):
    model.train()
    order = torch.randperm(len(X_train))
    batch_losses = []
    for start in range(0, len(order), 64):
        rows = order[start:start + 64]
        optimizer.zero_grad()
        loss = loss_fn(model(X_train[rows]), t_train[rows])
        loss.backward()
        optimizer.step()
        batch_losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        val = loss_fn(model(X_test), t_test).item()
    print('Epoch %d, train loss: %.4f, val loss: %.4f' % (epoch + 1, np.mean(batch_losses), val))
with torch.no_grad():
    r2 = 1 - loss_fn(model(X_test), t_test) / t_test.var(unbiased=False)
print("metric:", r2.item())
