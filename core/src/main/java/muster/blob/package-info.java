/// Big bytes that have no place in the store: contents of files on their way, and of those that
/// updates are made of. The port [muster.blob.BlobStore] appends to them piece by piece and seals
/// them with their SHA-256; whoever keeps a blob decides when it goes.
@org.jspecify.annotations.NullMarked
package muster.blob;
