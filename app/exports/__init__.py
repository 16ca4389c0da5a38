"""The manifest in other formats, for those who do not read ours."""
