"""What people ask for their channel's posts, and what they are told. Knows no Slack."""
