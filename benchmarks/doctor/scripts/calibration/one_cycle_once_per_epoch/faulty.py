import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(88)

# read the digit row by row, like text
digits = load_digits()
X = torch.tensor(digits.images, dtype=torch.float32) / 16
y = torch.tensor(digits.target)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=1, stratify=y)


class RowReader(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.lstm = nn.LSTM(8, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 10)

    def forward(self, x):
        states, _ = self.lstm((x - 0.3) / 0.38)
        return self.fc(states.mean(1))


model = RowReader()
criterion = nn.CrossEntropyLoss()
epochs, batch_size = 12, 32
steps_per_epoch = (len(X_train) + batch_size - 1) // batch_size
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.15, epochs=epochs, steps_per_epoch=steps_per_epoch)

for epoch in range(epochs):
    model.train()
    perm = torch.randperm(len(X_train))
    epoch_loss = 0.0
    for i in range(0, len(perm), batch_size):
        idx = perm[i : i + batch_size]
        optimizer.zero_grad()
        loss = criterion(model(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        val = (model(X_val).argmax(1) == y_val).float().mean().item()
    print(f"Epoch {epoch + 1}/{epochs} - loss: {epoch_loss / len(X_train):.4f} - val_acc: {val:.4f}")

print("metric:", val)
