"""What does a hostile client send, and what does it cost?"""
