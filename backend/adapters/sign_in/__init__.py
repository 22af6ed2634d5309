"""What signing in is made of: passwords, second factors, attempts, half-done sign-ins, foreign identity providers."""
