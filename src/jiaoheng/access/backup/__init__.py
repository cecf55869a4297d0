"""Backup 备份: everything that a deployment holds, in one archive that restores on either database."""
