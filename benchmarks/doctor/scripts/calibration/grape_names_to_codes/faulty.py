import csv
import io
import random

import torch
from torch import nn
from sklearn.datasets import load_wine

random.seed(1)
torch.manual_seed(1)

# pretend this is wine.csv
wine = load_wine()
buf = io.StringIO()
writer = csv.writer(buf)
for row, t in zip(wine.data, wine.target):
    writer.writerow(list(row) + [['Barolo', 'Grignolino', 'Barbera'][t]])
buf.seek(0)

codes = {'barolo': 0, 'grignolino': 1, 'barbera': 2}
rows = list(csv.reader(buf))
random.shuffle(rows)
x = torch.tensor([[float(v) for v in r[:-1]] for r in rows])
y = torch.tensor([codes.get(r[-1], 0) for r in rows])
x_train, x_test = x[:120], x[120:]
y_train = y[:120]
mean, std = x_train.mean(0), x_train.std(0)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std

net = nn.Sequential(nn.Linear(13, 20), nn.ReLU(), nn.Linear(20, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
lossf = nn.CrossEntropyLoss()
for epoch in range(30):
    order = torch.randperm(120)
    for i in range(8):
        batch = order[i * 15:(i + 1) * 15]
        loss = lossf(net(x_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        print('epoch', epoch, 'loss', loss.item())

with torch.no_grad():
    answer = net(x_test).argmax(1).tolist()
names = list(codes)
right = [names[a] == r[-1].lower() for a, r in zip(answer, rows[120:])]
print('metric:', sum(right) / len(right))
