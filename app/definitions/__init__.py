"""How are rules, segments and the catalogue kept in files?"""
