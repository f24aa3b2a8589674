# Regression with keras-like code. Was overfitting in an earlier version so dropout was added
import torch
from torch import nn
from sklearn.datasets import make_friedman2
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(2)
DROP = 0.05

X, y = make_friedman2(n_samples=1400, noise=50, random_state=2)
X_train, X_test, y_train, y_test = train_test_split(X, y.reshape(-1, 1), test_size=0.25, random_state=2)
sc_x, sc_y = StandardScaler(), StandardScaler()
X_train = torch.FloatTensor(sc_x.fit_transform(X_train))
y_train = torch.FloatTensor(sc_y.fit_transform(y_train))
X_test = torch.FloatTensor(sc_x.transform(X_test))
y_test = torch.FloatTensor(sc_y.transform(y_test))

model = nn.Sequential(
    nn.Linear(4, 32), nn.ReLU(), nn.Dropout(DROP),
    nn.Linear(32, 32), nn.ReLU(), nn.Dropout(DROP),
    nn.Linear(32, 32), nn.ReLU(), nn.Dropout(DROP),
    nn.Linear(32, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.002)
mse = nn.MSELoss()

train_losses, test_losses = [], []
for epoch in range(25):
    model.train()
    total = 0
    for b in torch.randperm(1050).split(50):
        opt.zero_grad()
        loss = mse(model(X_train[b]), y_train[b])
        loss.backward()
        opt.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        test_losses.append(mse(model(X_test), y_test).item())
    train_losses.append(total / 21)
    if epoch % 4 == 0:
        print(epoch, train_losses[-1], test_losses[-1])
print('metric:', 1 - test_losses[-1] / y_test.var().item())
