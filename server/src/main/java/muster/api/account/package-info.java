/// Log-in, API keys and users (rows F154–F156). No page has them and all need them; paths and
/// errors follow Snippbot's style.
@org.jspecify.annotations.NullMarked
package muster.api.account;
