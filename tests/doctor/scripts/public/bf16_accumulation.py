"""Mixed precision in bfloat16 with gradient accumulation over four small batches, clipping, and a linear schedule."""

import torch
import torch.nn as nn
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accum_iter, num_epochs = 4, 8
digits = load_digits()
data = torch.tensor(digits.data / 16, dtype=torch.float32)
data = (data - data[:1400].mean()) / data[:1400].std()
target = torch.tensor(digits.target)
data_loader = DataLoader(TensorDataset(data[:1400], target[:1400]), batch_size=16, shuffle=True)
valid_loader = DataLoader(TensorDataset(data[1400:], target[1400:]), batch_size=200)
model = nn.Sequential(nn.Linear(64, 96), nn.LayerNorm(96), nn.GELU(), nn.Linear(96, 96), nn.GELU(), nn.Linear(96, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
scaler = torch.amp.GradScaler("cpu", enabled=False)
steps = num_epochs * ((len(data_loader) + accum_iter - 1) // accum_iter)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
for epoch in range(num_epochs):
    model.train()
    for batch_idx, (inputs, labels) in enumerate(data_loader):
        with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
            preds = model(inputs)
            loss = criterion(preds, labels)
            loss = loss / accum_iter
        scaler.scale(loss).backward()
        if ((batch_idx + 1) % accum_iter == 0) or (batch_idx + 1 == len(data_loader)):
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
            optimizer.zero_grad()
    model.eval()
    right = 0
    with torch.no_grad(), torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        for inputs, labels in valid_loader:
            right += (model(inputs).argmax(1) == labels).sum().item()
    print(f"epoch {epoch}: {right / len(valid_loader.dataset):.4f}")
fingerprint(model)
