"""Listening to a show: a reader of the hub whose words become captions."""
