"""Does the service still serve when it is asked for more than it can do?"""
