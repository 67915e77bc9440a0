"""The service under hours of trouble, made short: ``make soak``."""
