"""Render facts, findings and records as text, JSON, SARIF, annotations and HTML."""
