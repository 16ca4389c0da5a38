"""What is told about requests while the service runs."""
