"""Work plans: goals with owners, deadlines and targets."""
