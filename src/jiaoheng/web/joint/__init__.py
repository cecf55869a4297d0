"""The pages of joint papers: papers that offices write together."""
