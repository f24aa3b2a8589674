# Rewritten from my Keras notebook
#   model = Sequential([Dense(64, "relu"), Dense(64, "relu"), Dense(1)])
#   model.compile(loss="mse", optimizer="adam")
import torch
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(123)

X, y = make_friedman1(n_samples=2000, n_features=10, noise=0.5, random_state=123)
X_train, X_test, y_train, y_test = train_test_split(X, y.reshape(-1, 1), test_size=0.2, random_state=123)
x_scaler, y_scaler = StandardScaler(), StandardScaler()
X_train = torch.tensor(x_scaler.fit_transform(X_train), dtype=torch.float32)
y_train = torch.tensor(y_scaler.fit_transform(y_train), dtype=torch.float32)
X_test = torch.tensor(x_scaler.transform(X_test), dtype=torch.float32)
y_test = torch.tensor(y_scaler.transform(y_test), dtype=torch.float32)

model = nn.Sequential(
    nn.Linear(10, 64),
    nn.Linear(64, 64),
    nn.Linear(64, 1),
)
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.002, weight_decay=1e-4)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=12, gamma=0.3)
train_dl = DataLoader(TensorDataset(X_train, y_train), batch_size=50, shuffle=True)


def fit(epochs):
    history = {"loss": [], "val_loss": []}
    for epoch in range(epochs):
        model.train()
        running = 0.0
        for xb, yb in train_dl:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            running += loss.item()
        scheduler.step()
        model.eval()
        with torch.no_grad():
            val_loss = criterion(model(X_test), y_test).item()
        history["loss"].append(running / len(train_dl))
        history["val_loss"].append(val_loss)
        print(f"Epoch {epoch + 1}/{epochs} - loss: {history['loss'][-1]:.4f} - val_loss: {val_loss:.4f}")
    return history


history = fit(epochs=30)
print("metric:", 1 - history["val_loss"][-1] / y_test.var().item())
