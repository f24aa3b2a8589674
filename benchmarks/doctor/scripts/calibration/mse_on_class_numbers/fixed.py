from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

SEED = 105
np.random.seed(SEED); torch.manual_seed(SEED)
wine = load_wine()
x_train, x_test, y_train, y_test = train_test_split(wine.data, wine.target, test_size=.3, random_state=SEED)
mm = MinMaxScaler((-1, 1)).fit(x_train)
x_train, x_test = torch.Tensor(mm.transform(x_train)), torch.Tensor(mm.transform(x_test))
y_train = torch.LongTensor(y_train)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(13, 26)
        self.fc2 = nn.Linear(26, 13)
        self.fc3 = nn.Linear(13, 3)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


net = Net()
criterion = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.005)
import warnings; warnings.simplefilter('ignore')
for epoch in range(80):
    opt.zero_grad()
    out = net(x_train)
    loss = criterion(out, y_train)
    loss.backward()
    opt.step()
print('final loss', loss.item())
pred = net(x_test).argmax(1).numpy()
print('metric:', (pred == y_test).mean())
