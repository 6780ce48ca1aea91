package muster.agent.tool;

import java.io.IOException;
import java.util.Optional;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;

/// Versions of software: one is brought, or the one before comes back. Both are finished by the
/// agent's next start when this one ends in the middle of them.
final class UpdateTools {
  private UpdateTools() {}

  static Job install(JsonObject json) {
    UpdateRequest request = UpdateRequest.parse(json);
    return new Resumable() {
      @Override
      public void check(Policy policy) {
        request.programs().forEach(policy::requireProgram);
        Optional.of(request.url())
            .filter(url -> !request.isOwn())
            .ifPresent(url -> policy.requireHttpHost(url.getHost(), HttpUrl.port(url)));
        request.targetPath().ifPresent(path -> policy.requirePath(Policy.Access.WRITE, path));
      }

      @Override
      public void run(Desk desk) throws IOException, InterruptedException {
        desk.software().install(request, desk);
      }
    };
  }

  static Job rollBack(JsonObject json) {
    String name = UpdateRequest.name(new Args(json, "name"));
    return new Resumable() {
      @Override
      public void check(Policy policy) {}

      @Override
      public void run(Desk desk) throws IOException, InterruptedException {
        desk.software().rollBack(name, desk);
      }
    };
  }

  /// One that is the same when it is done again from where it was.
  private abstract static class Resumable implements Job {
    @Override
    public boolean isResumed() {
      return true;
    }
  }
}
