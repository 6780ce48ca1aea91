/// How the agent reaches its server: address rules, TLS trust by default or by pin, back-off.
@org.jspecify.annotations.NullMarked
package muster.agent.net;
