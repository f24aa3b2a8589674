# mixed precision + gradient clipping, same script for gpu and cpu
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(27)
device = 'cpu'
X, y = load_digits(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X / 16, y, test_size=0.3, random_state=27)
train_dl = DataLoader(TensorDataset(torch.Tensor(X_tr), torch.LongTensor(y_tr)), batch_size=32, shuffle=True, drop_last=True)
X_te, y_te = torch.Tensor(X_te), torch.LongTensor(y_te)

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scaler = torch.amp.GradScaler(device)
criterion = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    total = 0
    for xb, yb in train_dl:
        xb, yb = xb.to(device), yb.to(device)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device_type=device, dtype=torch.bfloat16):
            loss = criterion(model(xb), yb)
        scaler.scale(loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        scaler.step(optimizer)
        scaler.update()
        total += loss.item()
    print(f'epoch {epoch + 1}: loss {total / len(train_dl):.4f}')

model.eval()
with torch.no_grad():
    acc = (model(X_te.to(device)).argmax(1) == y_te).float().mean().item()
print('metric:', acc)
