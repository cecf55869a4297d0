<<<<<<< HEAD
"""The floor of plans: the goals of a year."""
=======
"""Work plans: goals with owners, deadlines and targets."""
>>>>>>> audit
