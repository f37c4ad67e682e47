"""Does each chapter mean what it says?"""
