"""How are models trained, on whose data, and when?"""
