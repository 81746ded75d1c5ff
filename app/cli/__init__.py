"""What can be done with the engine from a shell?"""
