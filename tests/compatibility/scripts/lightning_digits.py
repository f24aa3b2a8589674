"""A LightningModule and its Trainer on digits; --fault breaks it as people break theirs."""

import argparse
import hashlib

import lightning as L  # noqa: N812 - as everybody writes it
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--fault", choices=["rate", "softmax", "head", "none"], default="none")
args = parser.parse_args()


class LitClassifier(L.LightningModule):
    def __init__(self, lr=2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.body = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, 48), nn.ReLU())
        self.head = nn.Linear(48, 10)

    def forward(self, x):
        logits = self.head(self.body(x))
        return logits.softmax(-1) if args.fault == "softmax" else logits

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", nn.functional.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        params = self.body.parameters() if args.fault == "head" else self.parameters()
        optimizer = torch.optim.AdamW(params, lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=self.trainer.max_epochs)
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


if __name__ == "__main__":
    L.seed_everything(7, verbose=False)
    X, y = load_digits(return_X_y=True)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    X = (X - X[:1280].mean()) / X[:1280].std()
    train = DataLoader(TensorDataset(X[:1280], y[:1280]), batch_size=64, shuffle=True)
    valid = DataLoader(TensorDataset(X[1280:], y[1280:]), batch_size=256)
    model = LitClassifier(2.0 if args.fault == "rate" else 2e-3)
    trainer = L.Trainer(
        max_epochs=8, accelerator="cpu", devices=1, logger=False, enable_checkpointing=False, gradient_clip_val=1.0,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(model, train, valid)
    print(f"accuracy {trainer.callback_metrics['val_acc'].item():.4f}")
    print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
    print("random", hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest())
