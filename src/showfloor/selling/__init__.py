"""The producer's taps on the sale of a show: pause it and go on, sold out, restock."""
