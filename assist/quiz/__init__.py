"""Quizzes and practice: items made from the knowledge in force, proved, kept, exported and practised."""
