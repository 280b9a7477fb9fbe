"""A service that decides on events for work requests, stores the results, and notifies the parties."""
