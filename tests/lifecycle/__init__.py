"""Does a process start, stop and go through trouble without anybody noticing who need not?"""
