"""What would change for users if a rule were saved?"""
