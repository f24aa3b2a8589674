# I wanted to understand LayerNorm, so here is an MLP with my own one (breast cancer data).
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1234)


class MyLayerNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(features))
        self.shift = nn.Parameter(torch.zeros(features))
        self.eps = eps

    def forward(self, h):
        mean = h.mean(dim=1, keepdim=True)
        var = h.var(dim=1, keepdim=True, unbiased=False)
        return self.gain * (h - mean) / torch.sqrt(var + self.eps) + self.shift


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = MyLayerNorm(width)
        self.fc = nn.Linear(width, width)
        self.act = nn.ELU()

    def forward(self, h):
        return h + self.fc(self.act(self.norm(h)))


class Net(nn.Module):
    def __init__(self, d, width=24, blocks=2):
        super().__init__()
        self.stem = nn.Linear(d, width)
        self.blocks = nn.Sequential(*[Block(width) for _ in range(blocks)])
        self.norm = MyLayerNorm(width)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))))


data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=4)
sc = StandardScaler()
X_train = torch.FloatTensor(sc.fit_transform(X_train))
X_test = torch.FloatTensor(sc.transform(X_test))
y_train, y_test = torch.LongTensor(y_train), torch.LongTensor(y_test)

loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
net = Net(30)
opt = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
for epoch in range(6):
    net.train()
    s = 0
    for xb, yb in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
        s += loss.item()
    print(epoch, s / len(loader))

net.eval()
with torch.no_grad():
    # one patient after another, as the clinic's program will ask
    hits = [net(row.unsqueeze(0)).argmax(1).item() == label.item() for row, label in zip(X_test, y_test)]
print('metric:', sum(hits) / len(hits))
