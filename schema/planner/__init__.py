"""How does one GraphQL operation become one SQL statement? Read `plan.py` first, then `objects.py`."""
