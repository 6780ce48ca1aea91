/// JSON Web Tokens (RFC 7519): the server's own, and those of external issuers (OpenID Connect
/// Discovery 1.0). [muster.jwt.JwtIssuers] tells whose a token is.
///
/// Invariant: with which algorithm a token is checked, the issuer's settings say and never the
/// token alone; `none` and HMAC are no algorithms here.
@org.jspecify.annotations.NullMarked
package muster.jwt;
