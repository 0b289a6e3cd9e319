"""The demo of Showfloor: an invented brand, its film and its people, run by `showfloor demo`."""
