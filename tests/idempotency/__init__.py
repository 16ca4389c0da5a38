"""Never twice, on both stores."""
