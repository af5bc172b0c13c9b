"""What `scripts/train_demo_policy.py` is made of: data, evaluation, papers."""
