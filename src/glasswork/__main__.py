"""The command line as ``python -m glasswork``."""

from glasswork.cli.start import start

if __name__ == "__main__":
    start()
