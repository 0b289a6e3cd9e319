"""The ground of every room: ids, money, clock, errors, settings. No Django."""
