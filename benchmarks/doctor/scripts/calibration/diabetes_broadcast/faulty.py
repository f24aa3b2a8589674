# Regression on the diabetes data, why is my R2 about zero?
import torch
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(3)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=3)
sx = StandardScaler().fit(X_train)
X_train = torch.tensor(sx.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(sx.transform(X_test), dtype=torch.float32)
m, s = y_train.mean(), y_train.std()
y_train = torch.tensor((y_train - m) / s, dtype=torch.float32)
y_test = (y_test - m) / s

model = torch.nn.Sequential(
    torch.nn.Linear(10, 16),
    torch.nn.ReLU(),
    torch.nn.Linear(16, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
mse = torch.nn.MSELoss()

import warnings
warnings.filterwarnings("ignore")

for t in range(150):
    y_pred = model(X_train)
    loss = mse(y_pred, y_train)
    if t % 50 == 0:
        print(t, loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

pred = model(X_test).detach().numpy().reshape(-1)
print(f"metric: {r2_score(y_test, pred)}")
