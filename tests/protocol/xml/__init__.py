"""Plivo's XML, judged by the official SDK's builder, by lxml and by xmlschema."""
