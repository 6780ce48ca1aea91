package muster.http;

/// Answers one request: decode, one call of the core, encode. Runs on a virtual thread.
@FunctionalInterface
public interface Handler {
  Reply handle(Call call) throws Exception;
}
