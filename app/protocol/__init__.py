"""What Plivo speaks, besides HTTP: pure rules, no I/O and nothing of the connector."""
