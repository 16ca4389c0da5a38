"""Hosting answers: addresses that nobody can guess or forge, on both stores."""
