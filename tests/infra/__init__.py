"""Does the product run as it says?"""
