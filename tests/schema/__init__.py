"""Does the graph answer as it says?"""
