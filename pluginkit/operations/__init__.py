"""What a command does, end to end: functions that return an outcome and take a reporter."""
