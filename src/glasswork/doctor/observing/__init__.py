"""Observing: a training is watched through torch's own joints, and what is seen becomes vitals; no number changes."""
