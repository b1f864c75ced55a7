"""Resources that every service has; one file a resource."""
