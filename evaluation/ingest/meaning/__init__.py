"""What single cells mean: answers, words, codes for missing, dates, personal details."""
