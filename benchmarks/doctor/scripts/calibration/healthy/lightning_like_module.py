"""A tiny imitation of the Lightning layout: the loop calls training_step and configure_optimizers, never forward itself."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class LitSpiral(nn.Module):
    def __init__(self, lr=5e-3):
        super().__init__()
        self.lr = lr
        self.trunk = nn.Sequential(nn.Linear(2, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 3))
        self.logged = []

    def features(self, batch):
        x, y = batch
        return self.trunk(x), y

    def training_step(self, batch, number):
        out, y = self.features(batch)
        loss = nn.functional.cross_entropy(out, y)
        if number % 10 == 0:
            self.logged.append(loss.item())
        return loss

    @torch.no_grad()
    def validation_step(self, batch):
        out, y = self.features(batch)
        return (out.argmax(1) == y).sum().item(), len(y)

    def configure_optimizers(self):
        opt = torch.optim.NAdam(self.parameters(), lr=self.lr)
        return opt, torch.optim.lr_scheduler.MultiStepLR(opt, [12, 16], gamma=0.3)


class Fit:
    def __init__(self, epochs):
        self.epochs = epochs

    def run(self, module, train, valid):
        opt, sched = module.configure_optimizers()
        for epoch in range(self.epochs):
            module.train()
            for number, batch in enumerate(train):
                loss = module.training_step(batch, number)
                opt.zero_grad()
                loss.backward()
                opt.step()
            sched.step()
        module.eval()
        hits = [module.validation_step(b) for b in valid]
        return sum(h for h, _ in hits) / sum(n for _, n in hits)


torch.manual_seed(52)
n = 2000
arm = torch.randint(3, (n,))
r = torch.rand(n).sqrt()
angle = 4 * r + arm * 2.0944 + 0.12 * torch.randn(n)
points = torch.stack([r * angle.cos(), r * angle.sin()], 1) * 2
train, valid = random_split(TensorDataset(points, arm), [1600, 400])
module = LitSpiral()
score = Fit(20).run(module, DataLoader(train, 50, shuffle=True), DataLoader(valid, 200))
print(module.logged[0], module.logged[-1])
print("metric:", score)
