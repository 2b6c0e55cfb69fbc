"""What each column is read as: proposed, asked, chosen, remembered."""
