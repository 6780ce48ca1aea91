/// The filter language of every list, search, group, subscription and scope, and the order of
/// lists: text to a checked syntax tree, and that tree evaluated in memory.
///
/// **Start** with [muster.filter.Filter], whose `parse` is the only way from a user's text to a
/// tree, and [muster.filter.Schema], which says what fields a resource has. The language is written
/// down for users in `docs/filter.md`.
///
/// **Invariants.** A tree holds only fields of its schema and values already read as the type of
/// their field, so whoever compiles it never looks at text again. Whatever is evaluated here and
/// whatever the store compiles to SQL answer the same for the same data: a property test in the
/// store compares them. Parsing takes time linear in the text and bounded memory; every refusal is
/// a [muster.filter.FilterException] that names column, field, value and what was expected.
@org.jspecify.annotations.NullMarked
package muster.filter;
