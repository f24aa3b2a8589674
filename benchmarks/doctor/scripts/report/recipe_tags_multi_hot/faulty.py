import numpy as np
import torch
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(2)
np.random.seed(2)

# amounts of 40 ingredients in 3000 recipes; tags such as vegan, spicy, quick ... some rare, some on most of them
amounts = np.random.gamma(2.0, 1.0, (3000, 40)) * (np.random.rand(3000, 40) < 0.5)
taste = np.random.randn(40, 8) / np.sqrt(40)
scores = (amounts - amounts.mean(0)) @ taste + 0.15 * np.random.randn(3000, 8)
share = np.array([0.15, 0.2, 0.3, 0.35, 0.45, 0.5, 0.6, 0.7])
tags = scores > np.quantile(scores, 1 - share, axis=0).diagonal()
a_train, a_test, t_train, t_test = train_test_split(amounts, tags, test_size=0.25, random_state=2)
scaler = StandardScaler().fit(a_train)
x_train = torch.tensor(scaler.transform(a_train), dtype=torch.float32)
x_test = torch.tensor(scaler.transform(a_test), dtype=torch.float32)
y_train = torch.tensor(t_train, dtype=torch.float32)
y_test = torch.tensor(t_test, dtype=torch.float32)

model = torch.nn.Sequential(
    torch.nn.Linear(40, 64),
    torch.nn.ReLU(),
    torch.nn.Dropout(0.2),
    torch.nn.Linear(64, 8),
)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)


def tag_f1(x, y):
    model.eval()
    with torch.no_grad():
        predicted = (torch.sigmoid(model(x)) > 0.5).int()
    return f1_score(y.int().numpy(), predicted.numpy(), average="micro")


batch_size = 50
for epoch in range(10):
    model.train()
    permutation = torch.randperm(x_train.size(0))
    epoch_loss = 0.0
    for i in range(0, x_train.size(0), batch_size):
        indices = permutation[i : i + batch_size]
        optimizer.zero_grad()
        outputs = model(x_train[indices])
        loss = criterion(outputs, y_train[indices])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(indices)
    print(f"Epoch {epoch + 1}: loss {epoch_loss / len(x_train):.4f}, test F1 {tag_f1(x_test, y_test):.4f}")
print(f"metric: {tag_f1(x_test, y_test):.4f}")
