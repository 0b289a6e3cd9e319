"""Obstacles to selling in another currency, which the rooms above register: they have prices."""

from collections.abc import Callable

# Given brand id and the wanted currency: a sentence, empty when nothing stands against it.
type Obstacle = Callable[[str, str], str]

_obstacles: list[Obstacle] = []


def register(obstacle: Obstacle) -> None:
    if obstacle not in _obstacles:
        _obstacles.append(obstacle)


def obstacle_to(brand_id: str, currency: str) -> str:
    """Why the brand can't sell in this currency yet; empty when it can."""
    found = (obstacle(brand_id, currency) for obstacle in _obstacles)
    return next((sentence for sentence in found if sentence), "")
