"""
Problem management: find the causes of incidents, remove them, limit the harm of those that stay.
"""
