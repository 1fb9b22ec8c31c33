//! Wakes profiles whose alarm is due, and sweeps up alarms that lost their schedule.
