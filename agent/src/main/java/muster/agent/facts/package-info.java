/// What the host says about itself in `/proc`, `/sys` and `/etc`. Whatever cannot be read is
/// absent; nothing here fails. Every reader takes a root, so that tests use fixture trees.
@org.jspecify.annotations.NullMarked
package muster.agent.facts;
