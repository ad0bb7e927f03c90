"""What an index keeps beside tantivy: numbers for forms, the words of every fact by number, and counts."""
