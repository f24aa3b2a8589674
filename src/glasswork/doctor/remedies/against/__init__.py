"""Against: what could be tried, a family of faults a file; a function answers a finding with remedies, best first."""
