"""What one cell says: numbers, dates, yes and no, words of a list, by one written grammar."""
