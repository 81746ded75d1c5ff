"""How do trained models answer about users, inside the server?"""
