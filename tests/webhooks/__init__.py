"""Do other systems learn what happened, in order and nowhere inside?"""
