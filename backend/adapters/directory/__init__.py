"""The customer's Active Directory: read and asked by LDAP, and single sign-on by Kerberos."""
