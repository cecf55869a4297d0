"""Collection rounds 采集任务: figures asked of schools by a date, answered in a prefilled workbook, approved twice, then locked."""
