"""General English: words, spellings, amounts and abbreviations, whatever a memorandum is about."""
