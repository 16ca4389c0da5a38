"""Never too fast, in one process and in many."""
