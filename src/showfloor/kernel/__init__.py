"""The ground of every room: ids, money, clock, errors, settings. Standard library only."""
