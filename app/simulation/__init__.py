"""What does personalising bring in a world of which everything is known, because it is made up?"""
