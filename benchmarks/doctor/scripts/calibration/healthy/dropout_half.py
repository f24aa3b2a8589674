import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(1)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
ss = StandardScaler()
X_train, X_test = torch.Tensor(ss.fit_transform(X_train)), torch.Tensor(ss.transform(X_test))
y_train, y_test = torch.Tensor(y_train), torch.Tensor(y_test)


class ANN(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 64)
        self.dropout = nn.Dropout(0.5)
        self.fc2 = nn.Linear(64, 1)

    def forward(self, x):
        x = self.dropout(torch.relu(self.fc1(x)))
        return torch.sigmoid(self.fc2(x)).squeeze(1)


model = ANN()
loss_func = nn.BCELoss()
opt = torch.optim.Adam(model.parameters(), lr=0.003)
for epoch in range(12):
    model.train()
    for i in torch.randperm(len(X_train)).split(32):
        opt.zero_grad()
        loss = loss_func(model(X_train[i]), y_train[i])
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        val = loss_func(model(X_test), y_test)
    print(f'{epoch}: {loss:.3f} {val:.3f}')
with torch.no_grad():
    print('metric:', ((model(X_test) > 0.5).float() == y_test).float().mean().item())
