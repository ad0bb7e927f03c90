"""Recurrence rules: data, parsing from and formatting to English, expansion to moments. Pure: no store, no clock."""
