package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Decisions on a device: `approve`, `deny`, `block`, `unblock` and `revoke`.
final class ApprovalCommands {
  private ApprovalCommands() {}

  private abstract static class Decision implements Runnable {
    @Parameters(paramLabel = "<device>", description = "The device's name or id.")
    private String name = "";

    private final Session session;
    private final String step;

    Decision(Session session, String step) {
      this.session = session;
      this.step = step;
    }

    @Override
    public void run() {
      JsonNode device = new DeviceNames(session.api()).resolve(name);
      String path = "/api/devices/" + Query.encoded(Json.text(device, "id")) + "/" + step;
      JsonNode after = session.api().post(path, Json.object());
      session.output().done(after, Json.text(after, "name") + " is " + Json.text(after, "status"));
    }
  }

  @Command(
      name = "approve",
      header = "Let a device take part that waits for it.",
      sortOptions = false)
  static final class Approve extends Decision {
    Approve(Session session) {
      super(session, "approve");
    }
  }

  @Command(name = "deny", header = "Turn a device away that waits.", sortOptions = false)
  static final class Deny extends Decision {
    Deny(Session session) {
      super(session, "deny");
    }
  }

  @Command(name = "block", header = "Cut a device off until it is unblocked.", sortOptions = false)
  static final class Block extends Decision {
    Block(Session session) {
      super(session, "block");
    }
  }

  @Command(name = "unblock", header = "Let a blocked device back in.", sortOptions = false)
  static final class Unblock extends Decision {
    Unblock(Session session) {
      super(session, "unblock");
    }
  }

  @Command(
      name = "revoke",
      header = "End a device's credential: it has to enroll again.",
      sortOptions = false)
  static final class Revoke extends Decision {
    Revoke(Session session) {
      super(session, "revoke-token");
    }
  }
}
