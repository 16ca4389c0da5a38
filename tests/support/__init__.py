"""What tests run the service with; README.md says what is for what."""
