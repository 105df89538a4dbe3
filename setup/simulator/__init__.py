"""Simulated tax endpoints: a stand-in for the bureau and its channels."""
