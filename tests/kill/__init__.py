"""Is anything lost or doubled when the service, a backend, the database or a connection is killed?"""
