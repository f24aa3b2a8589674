"""Speech in small: frames to characters by a bidirectional GRU and CTC, lengths that differ, greedy decoding."""

import torch
import torch.nn as nn
from fingerprint import fingerprint
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(0)
symbols, features = 5, 8
patterns = torch.randn(symbols, features)


def utterance():
    word = torch.randint(1, symbols, (int(torch.randint(2, 5, ())),))
    frames = [patterns[c].repeat(int(torch.randint(3, 6, ())), 1) for c in word]
    gap = patterns[0].repeat(1, 1)
    sound = torch.cat([piece for frame in frames for piece in (frame, gap)])
    return sound + 0.3 * torch.randn_like(sound), word


def collate(batch):
    batch = sorted(batch, key=lambda pair: -len(pair[0]))
    sounds, words = zip(*batch, strict=True)
    lengths = torch.tensor([len(s) for s in sounds]), torch.tensor([len(w) for w in words])
    return pad_sequence(sounds, batch_first=True), torch.cat(words), *lengths


class Acoustic(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(features, 32, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(64, symbols)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.fc(out).log_softmax(-1)


def decode(log_probs, lengths):
    words = []
    for row, length in zip(log_probs.argmax(-1), lengths, strict=True):
        path = torch.unique_consecutive(row[:length])
        words.append(path[path != 0].tolist())
    return words


train_set, valid_set = [utterance() for _ in range(384)], [utterance() for _ in range(64)]
loader = DataLoader(train_set, 32, shuffle=True, collate_fn=collate)
model = Acoustic()
criterion = nn.CTCLoss(blank=0, zero_infinity=True)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(8):
    model.train()
    total = 0.0
    for x, words, x_lengths, w_lengths in loader:
        log_probs = model(x, x_lengths)
        loss = criterion(log_probs.transpose(0, 1), words, x_lengths, w_lengths)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        x, words, x_lengths, w_lengths = collate(valid_set)
        said = decode(model(x, x_lengths), x_lengths)
        right = sum(a == b.tolist() for a, b in zip(said, words.split(w_lengths.tolist()), strict=True))
    print(f"epoch {epoch}: loss {total / len(loader):.4f}, words right {right / 64:.3f}")
fingerprint(model)
