"""What will a user do next?"""
