"""Hugging Face's Trainer and a tiny BERT from a configuration: which of three words the sentence repeats."""

import argparse
import hashlib
import tempfile

import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

parser = argparse.ArgumentParser()
parser.add_argument("--fault", choices=["rate", "softmax", "head", "none"], default="none")
args = parser.parse_args()


class Sentences(Dataset):
    def __init__(self, n, seed):
        draw = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(3, (n,), generator=draw)
        self.ids = torch.randint(8, 30, (n, 12), generator=draw)
        for row, label in enumerate(self.labels):
            places = torch.randperm(11, generator=draw)[:3] + 1
            self.ids[row, places] = 4 + label
        self.ids[:, 0] = 1

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {"input_ids": self.ids[i], "attention_mask": torch.ones(12, dtype=torch.long), "labels": self.labels[i]}


class Sick(BertForSequenceClassification):
    def forward(self, input_ids=None, attention_mask=None, labels=None, **others):
        logits = super().forward(input_ids, attention_mask, **others).logits.softmax(-1)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


def accuracy(said):
    return {"accuracy": float((said.predictions.argmax(-1) == said.label_ids).mean())}


if __name__ == "__main__":
    set_seed(3)
    config = BertConfig(
        vocab_size=30, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=16, num_labels=3,
    )  # fmt: skip
    model = (Sick if args.fault == "softmax" else BertForSequenceClassification)(config)
    rate = 2.0 if args.fault == "rate" else 2e-3
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, num_train_epochs=6, per_device_train_batch_size=32, per_device_eval_batch_size=64,
            learning_rate=rate, warmup_steps=10, eval_strategy="epoch", save_strategy="no", report_to=[], use_cpu=True,
            disable_tqdm=True, seed=3, dataloader_pin_memory=False, log_level="error", logging_strategy="no",
        )  # fmt: skip
        optimizers = (None, None)
        if args.fault == "head":
            kept = [p for name, p in model.named_parameters() if not name.startswith("classifier")]
            optimizers = (torch.optim.AdamW(kept, lr=rate), None)
        trainer = Trainer(
            model=model, args=settings, train_dataset=Sentences(640, 0), eval_dataset=Sentences(160, 1),
            compute_metrics=accuracy, optimizers=optimizers,
        )  # fmt: skip
        trainer.train()
        print(f"accuracy {trainer.evaluate()['eval_accuracy']:.4f}")
    print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
    print("random", hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest())
