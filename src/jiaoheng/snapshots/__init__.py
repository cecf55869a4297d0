"""The floor of snapshots: registers frozen as Parquet."""
