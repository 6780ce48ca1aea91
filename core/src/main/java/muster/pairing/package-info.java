/// Enrolment by a short code that a person reads from one screen and types on another machine, or
/// by the QR that carries the code and a long secret.
///
/// Start with [muster.pairing.Pairings]. A code has six digits, so what protects it is not its
/// length: it lives five minutes, an address has five wrong tries a minute, and after 30 wrong ones
/// in all ([muster.pairing.PairingCode#isSpent]) every code that was made before them and has not
/// been used is void. Invariants: neither code nor secret is stored; both follow from the row's id
/// and a key that is kept elsewhere ([muster.pairing.PairingSecrets]). A code yields one device.
/// Who guesses learns nothing from the answer: unknown, expired, used and void are one.
@org.jspecify.annotations.NullMarked
package muster.pairing;
