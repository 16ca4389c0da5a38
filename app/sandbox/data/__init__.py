"""What the sandbox knows by heart: countries, magic numbers, and what the manifest cannot say about resources."""
