"""One file per channel to the tax bureau; a file here is a channel."""
