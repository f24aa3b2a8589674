"""Unusual: settings that are allowed, but outside what usually works; said in one line each before training.

Course: HP-06.
"""

from __future__ import annotations

from glasswork.runs.recipe import Recipe

__all__ = ["unusual"]

# Srivastava et al. 2014 advise 0.2 for inputs and 0.5 for hidden units; the course's ranges (0.2 to 0.5 in general,
# 0.1 to 0.5 for dense, 0.4 to 0.5 for convolutional, 0.2 to 0.5 for recurrent networks) contradict one another, so
# only what is outside all of them is worth a word. 0 is off, a choice of its own.
_DROPOUT = (0.1, 0.5)


def unusual(recipe: Recipe) -> list[str]:
    """Return a line for each setting outside its usual range.

    >>> from glasswork.runs.recipe import make_recipe
    >>> unusual(make_recipe({"model": {"name": "mlp", "dropout": 0.7}}))
    ['note: model.dropout=0.7 is above 0.5, more than usually helps; 0.1 to 0.5 is usual, 0 is none']
    """
    low, high = _DROPOUT
    share = recipe.model.settings.get("dropout")
    if not isinstance(share, int | float) or share == 0 or low <= share <= high:
        return []
    side = f"above {high}, more" if share > high else f"below {low}, less"
    return [f"note: model.dropout={share} is {side} than usually helps; {low} to {high} is usual, 0 is none"]
