"""What a value may be, and what of it goes on the wire."""
