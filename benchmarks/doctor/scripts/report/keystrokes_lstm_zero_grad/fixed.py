"""Who is typing?  An LSTM on the timing of keystrokes."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(19)
PEOPLE, KEYS, LENGTH = 4, 12, 25

# every person has a rhythm of his own for every pair of hands, and types the same texts
rhythm = 0.6 * torch.randn(PEOPLE, KEYS)
hold = 0.5 * torch.randn(PEOPLE, KEYS)


def sessions(n):
    person = torch.randint(PEOPLE, (n,))
    key = torch.randint(KEYS, (n, LENGTH))
    gap = rhythm[person].gather(1, key) + 0.6 * torch.randn(n, LENGTH)
    press = hold[person].gather(1, key) + 0.6 * torch.randn(n, LENGTH)
    onehot = nn.functional.one_hot(key, KEYS).float()
    return TensorDataset(torch.cat([onehot, gap.unsqueeze(-1), press.unsqueeze(-1)], dim=-1), person)


class KeystrokeLSTM(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


train_loader = DataLoader(sessions(1200), batch_size=40, shuffle=True)
test_loader = DataLoader(sessions(400), batch_size=400)
model = KeystrokeLSTM(KEYS + 2, 32, PEOPLE)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

for epoch in range(18):
    model.train()
    running_loss = 0.0
    for inputs, labels in train_loader:
        optimizer.zero_grad()

        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        running_loss += loss.item()
    print(f"[{epoch + 1}] loss: {running_loss / len(train_loader):.3f}")

model.eval()
correct, total = 0, 0
with torch.no_grad():
    for inputs, labels in test_loader:
        _, predicted = torch.max(model(inputs), 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print("metric:", correct / total)
