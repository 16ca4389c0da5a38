"""One exchange with Plivo: client, transport, replies."""
