/// Pages of lists: what is asked ([muster.page.PageRequest]), what comes back ([muster.page.Page]),
/// and the place between two pages ([muster.page.Cursor]).
///
/// **Start** with [muster.page.CursorCodec], which turns a cursor into the token that clients see
/// and back. Pages go by key, not by offset: a cursor holds the sort values of the last item given,
/// so items that come or go between two pages neither repeat nor hide others.
///
/// **Invariants.** A token is only taken back by the server's own key, before it expires and for
/// the query it was given for; every other one is a [muster.page.PageTokenException]. What a token
/// holds is signed, not secret: it is in base64, and clients may read it.
@org.jspecify.annotations.NullMarked
package muster.page;
