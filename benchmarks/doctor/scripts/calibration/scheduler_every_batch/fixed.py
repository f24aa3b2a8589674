import torch
import torch.nn as nn
import torch.optim as optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(14)


def train_model(model, dataloaders, criterion, optimizer, scheduler, num_epochs):
    for epoch in range(num_epochs):
        for phase in ['train', 'val']:
            model.train(phase == 'train')
            running_loss, running_corrects, n = 0.0, 0, 0
            for inputs, labels in dataloaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == 'train'):
                    outputs = model(inputs)
                    _, preds = torch.max(outputs, 1)
                    loss = criterion(outputs, labels)
                    if phase == 'train':
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += torch.sum(preds == labels.data).item()
                n += inputs.size(0)
            if phase == 'train':
                scheduler.step()
            print('{} Loss: {:.4f} Acc: {:.4f}'.format(phase, running_loss / n, running_corrects / n))
    return running_corrects / n


X, y = load_digits(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X / 8.0 - 1.0, y, test_size=0.25, random_state=1, stratify=y)
mk = lambda a, b, s: DataLoader(TensorDataset(torch.Tensor(a).view(-1, 1, 8, 8), torch.LongTensor(b)), 64, shuffle=s)
loaders = {'train': mk(Xa, ya, True), 'val': mk(Xb, yb, False)}
cnn = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10))
opt = optim.SGD(cnn.parameters(), lr=0.03, momentum=0.9)
# Decay LR by a factor of 0.3 every 4 epochs
sched = lr_scheduler.StepLR(opt, step_size=4, gamma=0.3)
print('metric:', train_model(cnn, loaders, nn.CrossEntropyLoss(), opt, sched, 10))
