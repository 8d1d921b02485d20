"""What contradicts itself or can hardly be true, told by row."""
