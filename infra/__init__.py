"""How does the product run? Settings, database, HTTP application, migrations and the command line."""
