import torch
import torch.nn as nn
from sklearn.datasets import make_moons
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

torch.manual_seed(5)
# hyper parameters
EPOCHS = 25
LR = 0.002
BS = 32

X, y = make_moons(n_samples=1000, noise=0.15, random_state=5)
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.2, random_state=5)
scaler = StandardScaler()
Xtr = scaler.fit_transform(Xtr)
Xte = scaler.transform(Xte)


class TabularData(torch.utils.data.Dataset):
    def __init__(self, X, y):
        self.X = torch.FloatTensor(X)
        self.y = torch.FloatTensor(y)

    def __getitem__(self, i):
        return self.X[i], self.y[i]

    def __len__(self):
        return len(self.X)


class BinaryClassification(nn.Module):
    def __init__(self):
        super(BinaryClassification, self).__init__()
        self.layer_1 = nn.Linear(2, 64)
        self.layer_2 = nn.Linear(64, 64)
        self.layer_3 = nn.Linear(64, 64)
        self.layer_out = nn.Linear(64, 1)
        self.tanh = nn.Tanh()

    def forward(self, inputs):
        x = self.tanh(self.layer_1(inputs))
        x = self.tanh(self.layer_2(x))
        x = self.tanh(self.layer_3(x))
        return self.layer_out(x)


model = BinaryClassification()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=LR)
loader = torch.utils.data.DataLoader(TabularData(Xtr, ytr), batch_size=BS, shuffle=True)

model.train()
for e in range(1, EPOCHS + 1):
    epoch_loss = 0
    for X_batch, y_batch in loader:
        optimizer.zero_grad()
        y_pred = model(X_batch)
        loss = criterion(y_pred, y_batch.unsqueeze(1))
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    print(f'Epoch {e+0:03}: | Loss: {epoch_loss/len(loader):.5f}')

model.eval()
with torch.no_grad():
    pred = torch.sigmoid(model(torch.FloatTensor(Xte))).round().squeeze()
tp = ((pred == 1) & (torch.FloatTensor(yte) == 1)).float().sum() / yte.sum()
tn = ((pred == 0) & (torch.FloatTensor(yte) == 0)).float().sum() / (1 - yte).sum()
print('metric:', ((tp + tn) / 2).item())   # balanced accuracy
