"""What nobody here wrote judges: the official SDK, hand-written translations, every block's own example."""
