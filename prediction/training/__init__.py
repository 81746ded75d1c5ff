"""How do models come out of what users did?"""
