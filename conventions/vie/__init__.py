"""What happens to an act: signature, engagement, notification, échéances, scans."""
