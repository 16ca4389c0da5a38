"""How requests come in: one module each, all of them through the dispatcher."""
