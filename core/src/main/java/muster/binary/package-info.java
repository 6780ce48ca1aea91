/// The files that updates are made of: taken once, kept under their SHA-256, given to people and to
/// the devices they are for.
///
/// Start with [muster.binary.Binaries], what people and devices do, and [muster.binary.Uploads],
/// uploads that may be gone on with. Both put what has come on the [muster.binary.Shelf], where
/// alone binaries come and go.
///
/// Invariants: a content is a blob named by its SHA-256, kept once however many binaries name it,
/// and gone with the last of them; a binary stands in the store only when all of its content is
/// durable and what was said of it is true; one that arrives is a blob named by its upload, which
/// nobody can fetch. What a server that died left behind is gone at the next start, as every sweep
/// looks at all blobs and not at what was remembered. No two binaries have the same name, version,
/// platform and architecture.
@org.jspecify.annotations.NullMarked
package muster.binary;
