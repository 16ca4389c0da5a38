"""The engines that keep what must outlive a request."""
