# homework 2: implement MLP for iris
import torch
import torch.nn.functional as F
from sklearn import datasets

torch.manual_seed(2)
iris = datasets.load_iris()
perm = torch.randperm(150)
X = torch.from_numpy(iris.data).float()[perm]
Y = torch.from_numpy(iris.target).long()[perm]
X = (X - X[:120].mean(0)) / X[:120].std(0)


class MLP(torch.nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.fc1 = torch.nn.Linear(sizes[0], sizes[1])
        self.fc2 = torch.nn.Linear(sizes[1], sizes[2])
        self.fc3 = torch.nn.Linear(sizes[2], sizes[3])
        for layer in [self.fc1, self.fc2, self.fc3]:
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)

    def forward(self, x):
        h1 = F.relu(self.fc1(x))
        h2 = F.relu(self.fc2(h1))
        return self.fc3(h2)


model = MLP([4, 16, 16, 3])
opt = torch.optim.SGD(model.parameters(), lr=0.1)
loss_history = []
for it in range(400):
    batch = torch.randint(0, 120, (16,))
    scores = model(X[batch])
    loss = F.cross_entropy(scores, Y[batch])
    opt.zero_grad()
    loss.backward()
    opt.step()
    loss_history.append(loss.item())
print('first/last loss', loss_history[0], loss_history[-1])
acc = (model(X[120:]).argmax(1) == Y[120:]).float().mean()
print('metric:', acc.item())
