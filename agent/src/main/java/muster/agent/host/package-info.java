/// What the host tells of itself where it is asked: its accounts, mounts, sockets, processes, and
/// whether an archive can be read. Nothing here knows of tools; everything is read when it is asked
/// for, from files below a root, `/` in earnest.
@org.jspecify.annotations.NullMarked
package muster.agent.host;
