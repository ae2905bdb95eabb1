"""What is Python in the exercises of a chapter: their cases, and how an answer is run on one."""
