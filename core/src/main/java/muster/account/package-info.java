/// People and keys: users with passwords, sessions, API keys, and the credentials of devices.
///
/// [muster.account.Credentials] answers "who is this?" for every surface; [muster.account.Keys] and
/// [muster.account.Users] look after API keys and users. Invariant: a secret is stored as a hash
/// only and leaves this package once, when it is made.
@org.jspecify.annotations.NullMarked
package muster.account;
