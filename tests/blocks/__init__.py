"""Running a block: arguments, requests, lists, files, sending."""
