"""What will a user spend in the horizon?"""
