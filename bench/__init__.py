"""What the connector costs, beside its peers: ``make bench``. Needs Linux, takes about four minutes."""
