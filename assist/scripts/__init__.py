"""The script library: approved wording by scenario and situation, slots filled, steps with their waits."""
