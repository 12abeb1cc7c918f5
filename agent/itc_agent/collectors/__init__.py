"""One file a collector; ``registry`` finds them by name."""
