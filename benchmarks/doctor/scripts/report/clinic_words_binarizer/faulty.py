"""Benign or malignant: a two-class softmax network on the breast cancer table."""

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer, StandardScaler
from torch import nn

torch.manual_seed(6)

data = load_breast_cancer()
names = data.target_names[data.target]  # the labels come as words, as in the clinic's export
x_train, x_test, names_train, names_test = train_test_split(
    data.data, names, test_size=0.3, random_state=6, stratify=names
)
scaler = StandardScaler()
x_train = torch.tensor(scaler.fit_transform(x_train), dtype=torch.float32)
x_test = torch.tensor(scaler.transform(x_test), dtype=torch.float32)

binarizer = LabelBinarizer().fit(names_train)
encoded = binarizer.transform(names_train)
y_train = torch.tensor(encoded.argmax(axis=1), dtype=torch.long)

model = nn.Sequential(
    nn.Linear(30, 24),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(24, len(binarizer.classes_)),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)

for epoch in range(1, 31):
    model.train()
    epoch_loss, correct = 0.0, 0
    for idx in torch.randperm(len(x_train)).split(25):
        optimizer.zero_grad()
        output = model(x_train[idx])
        loss = criterion(output, y_train[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
        correct += (output.argmax(1) == y_train[idx]).sum().item()
    if epoch % 5 == 0:
        print(f"Epoch {epoch}: loss={epoch_loss / len(x_train):.4f} acc={correct / len(x_train):.4f}")

model.eval()
with torch.no_grad():
    answer = binarizer.classes_[model(x_test).argmax(1).numpy()]
print("metric:", (answer == names_test).mean())
