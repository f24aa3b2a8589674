"""Fault operators, a file a family: each changes one thing of a training program, and says what and where it is."""
