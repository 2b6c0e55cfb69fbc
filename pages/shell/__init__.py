"""What every screen shares: navigation, cached loaders, widgets."""
