"""How good would the models be on a log that somebody brings along?"""
