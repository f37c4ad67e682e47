"""Does the service tell what it does, to whom it may, and nothing about anybody?"""
