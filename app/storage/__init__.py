"""The engines that keep what must outlive a request. They know no table of anybody's."""


class StoreError(Exception):
    """The store cannot be reached, or answers wrongly. The text is for logs and ``/readyz``."""
