"""What Plivo speaks."""
