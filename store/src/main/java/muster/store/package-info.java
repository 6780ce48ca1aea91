/// The core's ports over SQL. [muster.store.SqliteDatabase] is the engine (one writer with group
/// commit, readers on threads of their own); each `Sql…Store` implements one port with statements
/// that read as SQL; [muster.store.FilterSql] turns filters and orders into SQL.
///
/// Start with `migration/V1__foundation.sql`. Rules: values travel as binds only; names of columns
/// come from this package only; a store method called inside a write transaction uses it, any other
/// read goes to a reader.
@org.jspecify.annotations.NullMarked
package muster.store;
