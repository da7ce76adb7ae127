"""Everything on one machine: private servers, the local publisher, web, worker and beat."""
