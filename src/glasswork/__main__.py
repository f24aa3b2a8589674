"""``python -m glasswork`` is the command ``glasswork``."""

from glasswork.cli.main import main

if __name__ == "__main__":
    main()
