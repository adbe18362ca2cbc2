"""
Request fulfillment: give users what they may ask for, once it is authorized.
"""
