"""An hour of ordinary use: does memory stay what it is?"""
