"""Faults against the real programs, and a checker that judges what came of it."""
