"""Measurements of the service: ``make bench``."""
