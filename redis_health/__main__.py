"""``python -m redis_health`` is ``redis-health``."""

from redis_health.cli import main

if __name__ == "__main__":
    main()
