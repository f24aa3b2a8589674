import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

torch.manual_seed(1234)
iris = load_iris()
X = (iris['data'] - iris['data'].mean(axis=0)) / iris['data'].std(axis=0)
X_train, X_test, y_train, y_test = train_test_split(X, iris['target'], test_size=0.2, random_state=2)


class Model(nn.Module):
    def __init__(self, input_dim):
        super(Model, self).__init__()
        self.layer1 = nn.Linear(input_dim, 50)
        self.layer2 = nn.Linear(50, 50)
        self.layer3 = nn.Linear(50, 3)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        x = F.log_softmax(self.layer3(x), dim=1)
        return x


model = Model(4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
loss_fn = nn.NLLLoss()
X_train, y_train = torch.from_numpy(X_train).float(), torch.from_numpy(y_train)
X_test, y_test = torch.from_numpy(X_test).float(), torch.from_numpy(y_test)
for epoch in range(100):
    y_pred = model(X_train)
    loss = loss_fn(y_pred, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    # one flower at a time, as in the app
    pred = torch.cat([model(x[None]).argmax(1) for x in X_test])
print(loss.item())
print('metric:', (pred == y_test).float().mean().item())
