"""Figures that somebody published, beside a run's."""
