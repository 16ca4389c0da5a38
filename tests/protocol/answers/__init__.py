"""Answers: what is refused, and how a call goes through one."""
