"""What belongs together: zones and townships, people, facilities, walks; and what is settled from it."""
