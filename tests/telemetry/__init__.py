"""What is told while the service runs."""
