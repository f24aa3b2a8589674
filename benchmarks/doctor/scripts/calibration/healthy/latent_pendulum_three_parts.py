"""Encoder, stepper and decoder are three modules under one optimiser; every one is called by a method of its own."""
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))

    def encode(self, picture):
        return self.layers(picture)


class Stepper(nn.Module):
    def __init__(self):
        super().__init__()
        self.change = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 4))

    def advance(self, state):
        return state + self.change(state)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 10))

    def decode(self, state):
        return self.layers(state)


torch.manual_seed(5)
optics = torch.randn(3, 10)


def films(n, length=5):
    angle, speed = (torch.rand(n) * 2 - 1) * 1.5, torch.randn(n) * 0.7
    frames = []
    for _ in range(length):
        frames.append(torch.stack([angle.sin(), angle.cos() - 0.7, speed], 1) @ optics)
        for _ in range(4):
            speed = speed - 0.05 * torch.sin(angle)
            angle = angle + 0.05 * speed
    return torch.stack(frames, 1)


train, test = films(1000), films(300)
mean, std = train.mean((0, 1)), train.std((0, 1))
train, test = (train - mean) / std, (test - mean) / std
encoder, stepper, decoder = Encoder(), Stepper(), Decoder()
parameters = [*encoder.parameters(), *stepper.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(parameters, lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)


def film_loss(film):
    state = encoder.encode(film[:, 0])
    loss = (decoder.decode(state) - film[:, 0]).square().mean()
    for t in range(1, film.shape[1]):
        state = stepper.advance(state)
        loss = loss + (decoder.decode(state) - film[:, t]).square().mean()
    return loss / film.shape[1]


for epoch in range(20):
    for film in train[torch.randperm(len(train))].split(50):
        optimizer.zero_grad()
        loss = film_loss(film)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
    schedule.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
with torch.no_grad():
    print("metric:", 1 - film_loss(test).item())
