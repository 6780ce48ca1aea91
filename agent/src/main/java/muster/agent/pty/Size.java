package muster.agent.pty;

/// How large a terminal is.
public record Size(int cols, int rows) {}
