"""What every room stands on: ids, money, clock, errors, settings. Standard library only."""
