"""Starts PostgreSQL, Valkey and MedBridge's own processes on one machine, for development, the demo and the tests."""
