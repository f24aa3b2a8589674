import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(52)

# 14 measures of a leaf (length, width, teeth, lobes, ...), 6 species
X, y = make_classification(
    n_samples=2400,
    n_features=14,
    n_informative=9,
    n_redundant=3,
    n_classes=6,
    n_clusters_per_class=1,
    class_sep=1.7,
    flip_y=0.0,
    random_state=52,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = torch.FloatTensor(scaler.transform(X_train))
X_test = torch.FloatTensor(scaler.transform(X_test))
y_train, y_test = torch.LongTensor(y_train), torch.LongTensor(y_test)


class LeafClassifier(nn.Module):
    def __init__(self, in_features=14, h1=48, h2=32, out_features=6):
        super().__init__()
        self.fc1 = nn.Linear(in_features, h1)
        self.fc2 = nn.Linear(h1, h2)
        self.out = nn.Linear(h2, out_features)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.out(x)
        return F.log_softmax(x, dim=1)


model = LeafClassifier()
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
losses = []
for i in range(12):
    model.train()
    permutation = torch.randperm(len(X_train))
    for j in range(0, len(X_train), 40):
        idx = permutation[j : j + 40]
        y_pred = model(X_train[idx])
        loss = criterion(y_pred, y_train[idx])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch: {i} and loss is: {sum(losses[-45:]) / 45:.4f}")

model.eval()
with torch.no_grad():
    correct = (model(X_test).argmax(dim=1) == y_test).sum().item()
print(f"{correct} of {len(y_test)} correct")
print(f"metric: {correct / len(y_test):.4f}")
